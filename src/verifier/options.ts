/**
 * What a verifier can be told.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import type { StsOutageCode } from '../errors/sts.ts';
import type { TaskContext } from '../lib/flights.ts';
import { assertKnownOptions, assertNumber } from '../lib/options.ts';
import type { StsEndpoints } from '../sts/endpoint-table.ts';
import { assertAudience, couldBeEksClusterName, maxAudienceLength } from '../token/audience.ts';
import type { Endpoint } from '../token/endpoint.ts';
import { isSuffix } from '../token/suffix.ts';
import type { CallBudget } from './call-budget.ts';
import type { StsGate } from './gate.ts';
import type { JwtVerifier } from './jwt-verifier.ts';
import type { SharedIdentities } from './shared-identities.ts';

/** Options of {@link createVerifier}. */
export interface VerifierOptions {
  /**
   * What clients must have signed in `x-k8s-aws-id`: the URL of this service, or the ID of this cluster. Comes from the
   * configuration, never from a request. 1 to 256 printable ASCII characters without `#`.
   */
  readonly audience: string;
  /**
   * The STS endpoints to take: {@link createEndpointResolver} for another partition, for some regions alone, or for VPC
   * endpoints. Default all of the partition `aws`.
   */
  readonly endpoints?: StsEndpoints | undefined;
  /**
   * Accept an audience that could be the name of an EKS cluster. Whoever receives a token for `prod` can replay it for
   * 15 minutes at every EKS cluster named `prod` where the caller has rights. Default false.
   */
  readonly acknowledgeSharedName?: boolean;
  /** How long an identity is held, in seconds, never past the end of its token. Default 300. */
  readonly identitySeconds?: number;
  /** What held identities may weigh in memory, in bytes. Default 16 MiB. */
  readonly cacheBytes?: number;
  /**
   * Holds identities for other isolates too, but for tokens with a suffix: {@link shareIdentities}. Default none.
   * It needs a `context`, as nobody waits for what is written to it.
   */
  readonly shared?: SharedIdentities | undefined;
  /** Takes JWTs too, such as {@link awsJwts} of `callerid/jwt` makes. Default none: a JWT is somebody else's token. */
  readonly jwts?: readonly JwtVerifier[] | undefined;
  /** Refuses access key IDs before STS is asked, such as {@link keysOfAccounts}. Default none. */
  readonly acceptsAccessKey?: ((accessKeyId: string) => boolean) | undefined;
  /** For the call to STS, its retry included, in milliseconds. Default 5000. */
  readonly stsDeadlineMs?: number;
  /** How often STS is asked about one token while it gives no verdict, such as `createCallBudget(2)`. Default without limit. */
  readonly callBudget?: CallBudget | undefined;
  /** What a question to STS has to pass, the first one first, such as {@link createBreaker} makes. Default nothing. */
  readonly gates?: readonly StsGate[] | undefined;
  /** Told of every call to STS when it is over, for metrics; not of what was held or joined. What it throws is ignored. Default nobody is. */
  readonly onStsCall?: ((call: StsCall) => void) | undefined;
  /** Longest token, in characters. Default 8192. */
  readonly maxTokenLength?: number;
  /** Calls STS. Default the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/** A call to STS that is over. */
export interface StsCall {
  /** Where a host is not `listed` it is the caller's choice: no name for a metric. */
  readonly endpoint: Endpoint;
  /** What came of it. */
  readonly outcome: 'identity' | 'refused' | 'throttled' | 'no-verdict';
  /** Why there was no verdict. Absent where there was one. */
  readonly code?: Exclude<StsOutageCode, 'sts_throttled' | 'sts_circuit_open'> | undefined;
  /** Its retry included, in milliseconds. */
  readonly durationMs: number;
}

/** Options of one call of `verify`. */
export interface VerifyOptions {
  /** Lets concurrent calls for one token share one call to STS. On Workers: the `ExecutionContext`. */
  readonly context?: TaskContext | undefined;
  /** Do not use what STS said before this time, in milliseconds since the epoch. A JWT that was issued before is too old. */
  readonly verifiedSince?: number;
  /**
   * What the client must have signed after the audience: from {@link requestSuffix}, {@link nonceSuffix}, or both in this order.
   * Default nothing.
   */
  readonly suffix?: string;
  /** Whether a JWT that is for other audiences too is refused. Default false. */
  readonly soleAudience?: boolean;
  /**
   * Asked before STS is. Where it says no the verdict is `throttled`, with the code `client_throttled`. Default: always
   * yes.
   */
  readonly mayAskSts?: (() => boolean | Promise<boolean>) | undefined;
}

const most = Number.MAX_SAFE_INTEGER;

/** What each number may be. Of more than 2^31-1 milliseconds `setTimeout` makes one. */
const ranges = [
  ['identitySeconds', 0, most],
  ['cacheBytes', 0, most],
  ['stsDeadlineMs', 1, 2 ** 31 - 1],
  ['maxTokenLength', 1, most],
] as const;

/** Every name of {@link VerifierOptions}. */
export const verifierOptionNames =
  'audience endpoints acknowledgeSharedName identitySeconds cacheBytes shared jwts acceptsAccessKey stsDeadlineMs callBudget gates onStsCall maxTokenLength fetch clock';

/** @throws {ConfigurationError} where an option cannot work, or is none. */
export function checkVerifierOptions(options: VerifierOptions): void {
  assertKnownOptions(options, verifierOptionNames);
  const { audience, acknowledgeSharedName } = options;
  assertAudience('audience', audience);
  if (audience.includes('#')) {
    throw new ConfigurationError('audience', 'a # begins what binds a token', 'Leave it out.');
  }
  if (couldBeEksClusterName(audience) && !acknowledgeSharedName) {
    throw new ConfigurationError(
      'audience',
      `"${audience}" could be an EKS cluster, where tokens for it could be replayed`,
      'Use the URL of the service, or a name with a dot or slash; or set acknowledgeSharedName.',
    );
  }
  for (const [name, from, to] of ranges) assertNumber(name, options[name], from, to);
}

/** Every name of {@link VerifyOptions}. */
export const verifyOptionNames = 'context verifiedSince suffix soleAudience mayAskSts';

/** @throws {TypeError} where this is no suffix, or makes the audience too long */
export function assertSuffix(audience: string, suffix: string): void {
  if (suffix === '') return;
  if (isSuffix(suffix) && audience.length + suffix.length <= maxAudienceLength) return;
  throw new TypeError('suffix');
}
