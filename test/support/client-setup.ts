/**
 * A service before the emulated STS, for the clients of `callerid/sign`.
 */
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import { readIdentity } from '../../src/identity/identity.ts';
import { callSts } from '../../src/sts/call.ts';
import { createEndpointResolver } from '../../src/sts/endpoints.ts';
import type { AwsCredentials } from '../../src/token/credentials.ts';
import { parseToken } from '../../src/token/parse.ts';
import { isNonce, nonceSuffix, requestSuffix } from '../../src/token/suffix.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';
import { admin, audience, bob, start } from './verifier-setup.ts';

/** What `admin` signs with. */
export const adminKey: AwsCredentials = {
  accessKeyId: admin.accessKeyId,
  secretAccessKey: admin.secretAccessKey,
  sessionToken: admin.sessionToken,
};

/** The name of `admin`. */
export const adminArn = `arn:aws:iam::${admin.account}:role/Admin`;

/**
 * The canonical ARN that STS vouches for where a verifier says `audience`, or the code of the refusal: the way of a
 * verifier, with an audience that it has computed itself.
 */
export async function identityThatSts(token: string, audience: string, now: number = start): Promise<string> {
  const parsed = parseToken(token, { endpoints: createEndpointResolver(), now });
  if (!parsed.ok) return parsed.code;
  const sts = createStsEmulator({ principals: [admin, bob], clock: () => now });
  const fetch = sts.fetch as typeof globalThis.fetch;
  const answer = await callSts(parsed, { audience, fetch, deadlineMs: 5000, retry: false });
  if (answer.kind !== 'identity') return answer.kind === 'refused' ? answer.refusal.code : answer.kind;
  const identity = readIdentity(answer.caller, { partition: 'aws', accessKeyId: parsed.accessKeyId });
  return identity?.canonicalArn ?? 'nobody';
}

/** A request as it came. */
export interface Arrival {
  readonly method: string;
  readonly url: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Headers;
  readonly redirect: string;
  readonly token: string;
  /** The caller, or why there is none. */
  readonly caller: string;
}

export interface Service {
  readonly fetch: typeof fetch;
  readonly arrivals: readonly Arrival[];
  readonly clock: () => number;
  /** Moves the clock of the service, of STS and of its client. */
  readonly pass: (seconds: number) => void;
}

export interface ServiceOptions {
  /** Statuses of the first answers, whoever comes; then 200, or 401 for who is nobody. */
  readonly statuses?: readonly number[];
  readonly bound?: boolean;
  readonly oneTime?: boolean;
}

/** A service that asks who its callers are. */
export function service({ statuses = [], bound, oneTime }: ServiceOptions = {}): Service {
  let now = start;
  const clock = () => now;
  const sts = createStsEmulator({ principals: [admin, bob], clock });
  const verifier = createVerifier({ audience, clock, fetch: sts.fetch as typeof fetch });
  const arrivals: Arrival[] = [];

  async function callerOf(request: Request, body: Uint8Array<ArrayBuffer>, token: string): Promise<string> {
    const { method, url, headers } = request;
    const nonce = headers.get('callerid-nonce');
    if (!bound && !oneTime) {
      const result = await verifier.verify(token);
      return result.verdict === 'verified' ? result.identity.canonicalArn : result.verdict;
    }
    if (oneTime && !isNonce(nonce)) return 'no nonce';
    const suffixes = [
      bound ? await requestSuffix({ method, url, body }) : '',
      oneTime ? nonceSuffix(nonce as string) : '',
    ];
    return identityThatSts(token, audience + suffixes.join(''), now);
  }

  return {
    arrivals,
    clock,
    pass: (seconds) => {
      now += seconds * 1000;
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      const status = statuses[arrivals.length];
      const body = new Uint8Array(await request.arrayBuffer());
      const { method, url, headers, redirect } = request;
      const token = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1] ?? '';
      const caller = await callerOf(request, body, token);
      arrivals.push({ method, url, body, headers, redirect, token, caller });
      return new Response(caller, { status: status ?? (caller.startsWith('arn:') ? 200 : 401) });
    },
  };
}
