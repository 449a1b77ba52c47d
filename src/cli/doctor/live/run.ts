/**
 * What `callerid doctor --live` does: a bounded number of requests, one after the other.
 *
 * @module
 */
import { exitCodes } from '../../exit-codes.ts';
import { loadCredentials } from '../../token/credentials.ts';
import { readEndpoint } from '../../token/endpoint.ts';
import { readProfile } from '../../token/profile.ts';
import { clockFinding } from '../clock.ts';
import { Examination, type Finding, fail, ok, skip } from '../examination.ts';
import { unreached } from '../network.ts';
import type { DoctorFlags } from '../run.ts';
import type { StsExchange } from '../sts-exchange.ts';
import { type Asker, ask } from './ask.ts';
import { describeExpected, describeSeen, isAsExpected, isUnasked, readExchange, type Seen } from './judge.ts';
import { fresh, type Question, questions, unsigned } from './questions.ts';

/** A clock that is off by less does no harm, in milliseconds. */
const negligibleMs = 5000;

/**
 * Asks STS, and compares.
 *
 * @throws where there is no region, or there are no credentials
 */
export async function examineLive(flags: DoctorFlags, env: NodeJS.ProcessEnv): Promise<Examination> {
  const profile = readProfile(flags.profile, env);
  const endpoint = readEndpoint(flags, env, profile);
  const credentials = await loadCredentials(flags, { env, profile, endpoint });
  const examination = new Examination(`STS at ${endpoint.host}, and what callerid takes for granted of it`);
  const asker = { credentials, endpoint, timeoutMs: flags.timeout * 1000 };
  const interview = new Interview(examination, asker);

  const first = await interview.ask(unsigned);
  const offset = first?.offsetMs;
  await examination.check('clock', [], () => {
    const ahead = offset === undefined ? undefined : -offset;
    return clockFinding(ahead, 'this machine', 'STS');
  });
  if (offset !== undefined && Math.abs(offset) >= negligibleMs) interview.offsetMs = offset;
  await interview.ask(fresh);
  for (const question of questions) await interview.ask(question);
  return examination;
}

/** Asks as long as STS answers. */
class Interview {
  /** How far STS's clock is ahead of this machine's, in milliseconds. */
  offsetMs = 0;
  readonly #examination: Examination;
  readonly #asker: Omit<Asker, 'offsetMs'>;
  /** Why no further question is asked. */
  #over: string | undefined;

  constructor(examination: Examination, asker: Omit<Asker, 'offsetMs'>) {
    this.#examination = examination;
    this.#asker = asker;
  }

  /** Gives the answer, where there is one. */
  async ask(question: Question): Promise<StsExchange | undefined> {
    let exchange: StsExchange | undefined;
    await this.#examination.check(question.name, [], async () => {
      const { endpoint } = this.#asker;
      if (this.#over !== undefined) return skip(this.#over);
      if (question.applies?.(endpoint) === false) return skip(`because of ${endpoint.host}`);
      try {
        exchange = await ask(question.asking, { ...this.#asker, offsetMs: this.offsetMs });
      } catch (error) {
        const { what, fix } = unreached(
          error,
          'where a proxy opens TLS, put its CA into NODE_EXTRA_CA_CERTS',
        );
        return this.#end(exitCodes.noVerdict, `could not be asked: ${what}; ${fix}`);
      }
      return this.#judge(question, exchange);
    });
    return exchange;
  }

  #judge(question: Question, exchange: StsExchange): Finding {
    const { endpoint, credentials } = this.#asker;
    const seen = readExchange(exchange, endpoint.region, credentials.accessKeyId);
    if (isUnasked(seen)) {
      return this.#end(exitCodes.noVerdict, `could not be asked: ${describeSeen(seen)}; try again later`);
    }
    if (question === fresh && isRefusal(seen)) {
      const why = `STS refuses the credentials: ${describeSeen(seen)}`;
      return this.#end(exitCodes.noCredentials, `${why}; check them with aws sts get-caller-identity`);
    }
    const who = question === fresh && seen.canonicalArn !== undefined ? `, of ${seen.canonicalArn}` : '';
    if (isAsExpected(seen, question.expected)) return ok(describeExpected(question.expected) + who);
    return fail(
      `differs: ${describeSeen(seen)}`,
      'file an issue with this output: callerid was built for another answer',
      [`expected: ${describeExpected(question.expected)}`, `it matters, as ${question.matters}`],
    );
  }

  /** The others would only meet the same. */
  #end(ending: NonNullable<Examination['ending']>, why: string): Finding {
    this.#over = 'because the run ended before';
    this.#examination.ending = ending;
    return skip(why);
  }
}

/** Of a good signature: whoever answers so is STS, and means the key. */
function isRefusal({ status, reading }: Seen): boolean {
  return status >= 400 && reading !== 'sts_answer_unexpected';
}
