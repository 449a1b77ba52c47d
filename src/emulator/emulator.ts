/**
 * An AWS STS for tests, demos and local work: it answers `sts:GetCallerIdentity` for pre-signed URLs, and it
 * really verifies their signatures.
 *
 * Web standards only: it runs wherever callerid does. `server.ts` puts it behind TLS for clients that are not
 * in this process.
 *
 * @module
 */
import { type AnswerFormat, errorAnswer, formatOf, identityAnswer } from './answers.ts';
import { type PartitionName, regionOfHost } from './endpoints.ts';
import { applyFault, type Fault } from './faults.ts';
import { assertPrincipal, callerIdentityOf, type Principal } from './principals.ts';
import { type IncomingRequest, verifyRequest } from './verify.ts';

/** Options of {@link createStsEmulator}. */
export interface StsEmulatorOptions {
  /** Those whose keys are valid. Of two with one access key ID the later counts. */
  readonly principals: readonly Principal[];
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** The partition whose STS this is: in ARNs, and in the hosts that it answers at. Default `aws`. */
  readonly partition?: PartitionName | undefined;
  /**
   * Further hosts (without port) and their regions, such as
   * `{ 'vpce-1.sts.us-east-1.vpce.amazonaws.com': 'us-east-1', localhost: 'us-east-1' }`.
   */
  readonly hosts?: Readonly<Record<string, string>> | undefined;
}

/** One request that the emulator got. It holds neither signature nor token. */
export interface StsCall {
  /** The host that was asked. */
  readonly host: string;
  /** When it came, in milliseconds since the epoch by the emulator's clock. */
  readonly at: number;
  /** As the caller claims it; present when it has the form of one. */
  readonly accessKeyId?: string;
  /** HTTP status of the answer; 0 as long as there is none (a stall, a reset, a host that is not STS). */
  readonly status: number;
}

/** An emulated STS. Its functions need no `this`. */
export interface StsEmulator {
  /**
   * Answers a request. Fits where a `fetch` is wanted.
   *
   * @throws TypeError, as the platform's `fetch` does, for a host that is not an STS endpoint of the partition
   */
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>;
  /** Requests so far, oldest first; the last 10,000 of them. */
  readonly calls: readonly StsCall[];
  /** Number of requests without an answer yet. */
  readonly pending: number;
  /** Makes a key valid, or replaces the principal of a key. */
  readonly addPrincipal: (principal: Principal) => void;
  /** Makes a key unknown (`InvalidClientTokenId`). */
  readonly removePrincipal: (accessKeyId: string) => void;
  /** Spoils every request from now on, or the next `times`; `undefined` ends that. */
  readonly setFault: (fault: Fault | undefined) => void;
  /** Forgets the calls so far. */
  readonly clearCalls: () => void;
}

const rememberedCalls = 10_000;

/**
 * Makes an STS emulator.
 *
 * @example
 * ```ts
 * const sts = createStsEmulator({
 *   principals: [
 *     { type: 'user', account: '111122223333', userName: 'alice', accessKeyId: 'AKIDEXAMPLE', secretAccessKey },
 *   ],
 * });
 * const response = await sts.fetch(presignedUrl, {
 *   headers: { accept: 'application/json', 'x-k8s-aws-id': 'my-cluster' },
 * });
 * ```
 */
export function createStsEmulator(options: StsEmulatorOptions): StsEmulator {
  const { clock = Date.now, partition = 'aws', hosts = {} } = options;
  const principals = new Map<string, Principal>();
  const log = callLog(clock);
  const faults = faultQueue();
  let pending = 0;

  const addPrincipal = (principal: Principal): void => {
    assertPrincipal(principal);
    principals.set(principal.accessKeyId, principal);
  };
  for (const principal of options.principals) addPrincipal(principal);

  const answer = async (
    request: IncomingRequest,
    region: string,
    format: AnswerFormat,
  ): Promise<Response> => {
    const context = { region, now: clock(), principalOf: (id: string) => principals.get(id) };
    const verdict = await verifyRequest(request, context);
    if ('error' in verdict) return errorAnswer(verdict.error, format);
    return identityAnswer(await callerIdentityOf(verdict.principal, partition), format);
  };

  const respond = async (request: IncomingRequest, signal: AbortSignal | undefined): Promise<Response> => {
    signal?.throwIfAborted();
    const region = regionOfHost(request.host, partition, hosts);
    if (region === undefined) throw new TypeError(`fetch failed: ${request.host} is not an STS endpoint`);
    const format = formatOf(request.headers.get('accept'));
    const fault = faults.take();
    if (fault === undefined) return answer(request, region, format);
    return applyFault(fault, { format, signal, answer: () => answer(request, region, format) });
  };

  return {
    calls: log.calls,
    get pending() {
      return pending;
    },
    addPrincipal,
    removePrincipal: (accessKeyId) => void principals.delete(accessKeyId),
    setFault: faults.set,
    clearCalls: log.clear,
    async fetch(input, init) {
      const { request, signal } = incomingRequest(input, init);
      const call = log.record(request);
      pending++;
      try {
        const response = await respond(request, signal);
        call.status = response.status;
        return response;
      } finally {
        pending--;
      }
    },
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface CallLog {
  readonly calls: readonly StsCall[];
  readonly record: (request: IncomingRequest) => Writable<StsCall>;
  readonly clear: () => void;
}

function callLog(clock: () => number): CallLog {
  const calls: Writable<StsCall>[] = [];
  return {
    calls,
    record({ host, url }) {
      const accessKeyId = claimedAccessKeyId(url);
      const call = { host, at: clock(), ...(accessKeyId === undefined ? {} : { accessKeyId }), status: 0 };
      calls.push(call);
      if (calls.length > rememberedCalls) calls.shift();
      return call;
    },
    clear: () => void calls.splice(0),
  };
}

interface FaultQueue {
  readonly set: (fault: Fault | undefined) => void;
  /** The fault for one request. */
  readonly take: () => Fault | undefined;
}

function faultQueue(): FaultQueue {
  let current: Fault | undefined;
  let left = 0;
  return {
    set(fault) {
      current = fault;
      left = fault?.times ?? Number.POSITIVE_INFINITY;
    },
    take() {
      if (left <= 0) return undefined;
      left--;
      return current;
    },
  };
}

/** Read by hand: a Request cannot carry `host` or `cache` on every runtime. */
function incomingRequest(
  input: Request | URL | string,
  init: RequestInit | undefined,
): { request: IncomingRequest; signal: AbortSignal | undefined } {
  const base = input instanceof Request ? input : undefined;
  const url = new URL(base?.url ?? String(input));
  const headers = new Headers(init?.headers ?? base?.headers ?? {});
  const method = (init?.method ?? base?.method ?? 'GET').toUpperCase();
  const signal = init?.signal ?? base?.signal ?? undefined;
  return { request: { method, url, headers, host: headers.get('host') ?? url.host }, signal };
}

function claimedAccessKeyId(url: URL): string | undefined {
  return /^([A-Za-z0-9]{4,128})\//.exec(url.searchParams.get('X-Amz-Credential') ?? '')?.[1];
}
