/**
 * A guard before an emulated STS, with a clock that the test sets and a log that it reads.
 */
import type { StsEmulator } from '../../src/emulator/emulator.ts';
import { type Caller, createGuard, type Guard } from '../../src/http/guard/guard.ts';
import type { AccessOptions } from '../../src/http/guard/options.ts';
import { type AccessRecord, accessRecord } from '../../src/http/guard/record.ts';
import type { VerifierOptions } from '../../src/verifier/options.ts';
import { account, audience, scene } from './verifier-setup.ts';

/** Who came in, or the answer. */
export type Outcome = Caller | Response;

/** A guard as tests want it: whoever is not let in is a Response. */
export function outcomes(guard: Guard): (...call: Parameters<Guard>) => Promise<Outcome> {
  return async (...call) => {
    const { caller, response } = await guard(...call);
    return caller ?? response;
  };
}

export interface GuardScene {
  readonly sts: StsEmulator;
  readonly guard: (...call: Parameters<Guard>) => Promise<Outcome>;
  readonly records: AccessRecord[];
  readonly pass: (seconds: number) => void;
}

export function guardScene(access: AccessOptions = {}, options: Partial<VerifierOptions> = {}): GuardScene {
  const { sts, verifier, pass } = scene(options);
  const records: AccessRecord[] = [];
  const guard = createGuard({
    verifier,
    allow: { accounts: [account] },
    log: (event) => records.push(accessRecord(event)),
    ...access,
  });
  return { sts, guard: outcomes(guard), records, pass };
}

/** A request for the service, with a token. */
export function requestWith(token: string | undefined, init: RequestInit = {}, path = '/v1/orders'): Request {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  return new Request(audience + path, { ...init, headers });
}

/** What a client sees of an answer that lets nobody in. */
export async function seen(answer: unknown): Promise<{
  readonly status: number;
  readonly code: string;
  readonly challenge: string | null;
  readonly retryAfter: string | null;
}> {
  if (!(answer instanceof Response)) throw new Error('somebody was let in');
  const { code } = (await answer.clone().json()) as { code: string };
  return {
    status: answer.status,
    code,
    challenge: answer.headers.get('www-authenticate'),
    retryAfter: answer.headers.get('retry-after'),
  };
}
