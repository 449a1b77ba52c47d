/**
 * The admin API of a deployment, over HTTP.
 *
 * @module
 */
import { safeParse } from 'valibot';
import { type Operation, type OperationId, operations } from '../../http/admin/operations.ts';
import { errorResponse, responses } from '../../http/admin/responses.ts';
import { BodyTooLargeError, readText } from '../../lib/body.ts';
import { isLoopback } from '../../lib/loopback.ts';
import { CommandError, exitCodes, usageError } from '../exit-codes.ts';
import type { AdminClient, Answer, CallInput } from './client.ts';
import type { Credential } from './credential.ts';
import { type AdminFailure, commandErrorOf, isChange, noAnswer } from './failures.ts';

export interface HttpClientOptions {
  readonly server: URL;
  readonly cluster: string;
  readonly credential: Credential;
  /** For one request, with its answer. */
  readonly timeoutMs: number;
}

/** Of an answer: a whole large policy at most, as `policy get` asks for it. In bytes. */
const maxAnswerBytes = 64 * 1024 * 1024;

/** A large upload meets a throttle or an outage sooner or later. What these do twice is done once. */
const repeatable: ReadonlySet<OperationId> = new Set(['missingParts', 'putPart']);
const maxTries = 5;
/** The first pause, doubled each time, and the longest one, in milliseconds. */
const [pauseMs, maxPauseMs] = [500, 20_000];

/** What came of one request. */
interface Reply {
  readonly error?: CommandError;
  readonly body?: unknown;
  /** For which reason another try may help; with the pause that the server asks for, in milliseconds. */
  readonly retryAfterMs?: number;
}

export class HttpClient implements AdminClient {
  readonly isRemote = true;
  readonly #options: HttpClientOptions;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  async call<O extends OperationId>(operation: O, input: CallInput = {}): Promise<Answer<O>> {
    for (let tries = 1; ; tries++) {
      const { error, body, retryAfterMs } = await this.#send(operation, input);
      if (error === undefined) return this.#read(operation, body);
      if (retryAfterMs === undefined || !repeatable.has(operation) || tries === maxTries) throw error;
      await pause(Math.max(retryAfterMs, pauseMs * 2 ** (tries - 1) * (0.5 + Math.random() / 2)));
    }
  }

  async #send(operation: OperationId, input: CallInput): Promise<Reply> {
    const { timeoutMs, credential } = this.#options;
    const { method } = operations[operation];
    const secret = await credential();
    const body = input.text ?? (input.body && JSON.stringify(input.body));
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#urlOf(operation, input), {
        method,
        headers: {
          authorization: `Bearer ${secret}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        redirect: 'manual', // it would take the credential elsewhere
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await readText(response.body, maxAnswerBytes);
    } catch (error) {
      return { error: unreached(error, operation), retryAfterMs: 0 };
    }
    // nobody echoes it but a server for debugging
    return this.#judge(response, withoutSecret(parse(text.replaceAll(secret, '[…]')), secret), operation);
  }

  #judge({ status, headers }: Response, body: unknown, operation: OperationId): Reply {
    if (status >= 300 && status < 400) {
      return {
        error: usageError(`the server redirects (${status})`, 'give --server the URL that it leads to'),
      };
    }
    if (status === 200 && body !== undefined) return { body };
    const read = safeParse(errorResponse, body);
    const isOutage = status === 429 || status >= 500;
    const retry = isOutage ? { retryAfterMs: retryAfterOf(headers) } : {};
    if (!read.success) {
      const what = `the answer is none of callerid's admin API (status ${status})`;
      const error = isOutage
        ? noAnswer(what, 'the server or a proxy fails', isChange(operation))
        : usageError(what, 'check --server');
      return { error, ...retry };
    }
    const failure: AdminFailure = { ...read.output, status };
    return { error: commandErrorOf(failure, operation), ...retry };
  }

  #read<O extends OperationId>(operation: O, body: unknown): Answer<O> {
    const read = safeParse(responses[operation], body);
    if (read.success) return read.output as Answer<O>;
    throw usageError(
      "the answer is none of callerid's admin API",
      'check --server, and that both are of one version',
    );
  }

  #urlOf(operation: OperationId, { parameters = {} }: CallInput): URL {
    const { server, cluster } = this.#options;
    const { path, query = [] }: Operation = operations[operation];
    const values: Readonly<Record<string, string>> = { ...parameters, cluster };
    const named = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
    const url = new URL(server);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${named}`;
    for (const name of query) {
      if (values[name] !== undefined) url.searchParams.set(name, values[name]);
    }
    return url;
  }
}

/**
 * Reads `--server`. Only to this machine itself does the credential go without TLS.
 *
 * @throws {CommandError}
 */
export function readServer(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw usageError('--server: not a URL', 'give one such as https://callerid.example.com');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw usageError(
      '--server: has more than a host and a path',
      'give one such as https://callerid.example.com',
    );
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw usageError(
      '--server: http:// beyond this machine',
      'use https://: the credential could be read on the way',
    );
  }
  return url;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unreached(error: unknown, operation: OperationId): CommandError {
  if (error instanceof BodyTooLargeError) {
    const what = `the answer is longer than ${maxAnswerBytes / 1024 / 1024} MiB`;
    return new CommandError(exitCodes.noVerdict, what, 'check --server');
  }
  const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
  if (name === 'TimeoutError') {
    return noAnswer('no answer from the server', 'none came within --timeout', isChange(operation));
  }
  const code = String(cause?.code ?? '');
  const why = /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? ` (${code})` : '';
  const hint = 'check --server, and behind a proxy set NODE_USE_ENV_PROXY=1';
  return noAnswer(`the server could not be reached${why}`, hint, isChange(operation));
}

function retryAfterOf(headers: Headers): number {
  const seconds = /^[0-9]{1,4}$/.exec(headers.get('retry-after') ?? '');
  return Math.min(Number(seconds?.[0] ?? 0) * 1000, maxPauseMs);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A server may send back what it was sent, and JSON has more than one way to write it. */
function withoutSecret(value: unknown, secret: string): unknown {
  if (value === undefined) return undefined;
  return JSON.parse(JSON.stringify(value), (_, one) =>
    typeof one === 'string' ? one.replaceAll(secret, '[…]') : one,
  );
}
