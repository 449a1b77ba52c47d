/**
 * Deciding on a request: whose token it is, and whether they may come in.
 *
 * @module
 */
import { ConfigurationError } from '../../errors/classes.ts';
import type { PolicyDenied, PolicyMapped, PolicyUnavailable } from '../../policy/caller-policy.ts';
import { isNonce, nonceHeader, nonceSuffix } from '../../token/suffix.ts';
import { longestLifeMs } from '../../token/times.ts';
import type { Verification, Verified } from '../../verifier/verification.ts';
import type { Verifier } from '../../verifier/verifier.ts';
import type { Allows } from './allow.ts';
import type { BoundSuffix } from './binding.ts';
import { readCredential } from './credential.ts';
import type { AccessOptions, GuardCall } from './options.ts';

/** What came of a request. Only `granted` lets anybody in. */
export type Access =
  | {
      /** The caller is proven, and comes in. */
      readonly verdict: 'granted';
      readonly proven: Verified;
      /** Absent where the guard has no policy. */
      readonly policy: PolicyMapped | undefined;
    }
  | {
      /** The caller is proven, and stays out. */
      readonly verdict: 'denied';
      readonly code: PolicyDenied['code'] | 'not_allowed';
      readonly detail?: string | undefined;
      readonly proven: Verified;
      readonly policy: PolicyDenied | PolicyMapped | undefined;
    }
  | Exclude<Verification, Verified>
  | {
      /** The request does not carry what can be judged. */
      readonly verdict: 'rejected';
      readonly code:
        | 'token_missing'
        | 'authorization_malformed'
        | 'nonce_missing'
        | 'request_malformed'
        | 'body_too_large';
    }
  | {
      /** A one-time token that was used before. */
      readonly verdict: 'refused';
      readonly code: 'token_replayed';
      readonly proven: Verified;
    }
  | PolicyUnavailable
  | {
      /** Something failed inside callerid, or in what it was given. */
      readonly verdict: 'unavailable';
      readonly code: 'internal';
      /** The kind of the error, such as `TypeError`; its message may hold what was being worked on. */
      readonly problem: string;
    };

/** What came of a request, and which and when it was. Nothing of its token is in it. */
export type AccessEvent = Access & {
  /** In an answer of the guard too, in the header `callerid-decision-id`. */
  readonly decisionId: string;
  /** When the request came, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** How long the decision took, in milliseconds. */
  readonly durationMs: number;
};

export interface DecideAccessOptions extends AccessOptions {
  readonly verifier: Verifier;
  readonly allows: Allows;
  readonly clock: () => number;
}

const unbound: BoundSuffix = { ok: true, suffix: '' };

/** Decides. What makes a token used comes last, so that whoever is turned away for another reason can come again. */
export async function decideAccess(
  request: Request,
  { client, context }: GuardCall,
  options: DecideAccessOptions,
): Promise<Access> {
  const { verifier, policy, allows, oneTime } = options;
  const credential = readCredential(request.headers);
  if (!credential.ok) return { verdict: 'rejected', code: credential.code };
  if (verifier.isForeign(credential.token)) return { verdict: 'foreign' }; // before a body is read
  const nonce = oneTime && request.headers.get(nonceHeader);
  if (oneTime && !isNonce(nonce)) return { verdict: 'rejected', code: 'nonce_missing' };
  const once = nonce ? nonceSuffix(nonce) : '';
  const bound = options.binding ? await options.binding(request) : unbound;
  if (!bound.ok) return { verdict: 'rejected', code: bound.code };
  const suffix = bound.suffix + once;
  const mayAskSts = limited(options, client);
  const verify = (verifiedSince: number): Promise<Verification> =>
    verifier.verify(credential.token, {
      context,
      suffix,
      soleAudience: suffix !== '',
      mayAskSts,
      verifiedSince,
    });

  const first = await verify(0);
  if (first.verdict !== 'verified') return first;
  const mapped = policy && (await policy.map(first.identity, context));
  if (mapped?.verdict === 'unavailable') return mapped;
  const { notBefore = 0 } = mapped ?? {};
  const proven = first.verifiedAt >= notBefore ? first : await verify(notBefore);
  if (proven.verdict !== 'verified') return proven;
  // The policy's verdict is on the first; a token has one signer, whenever STS is asked.
  if (proven.identity.canonicalArn !== first.identity.canonicalArn) throw new TypeError();
  if (mapped?.verdict === 'denied') return { ...mapped, proven, policy: mapped };
  if (policy && mapped?.verdict !== 'mapped') throw new TypeError(); // of plain JavaScript
  const { literalGroups = [] } = mapped ?? proven.jwt?.names ?? {};
  if (!allows(proven, literalGroups)) {
    return { verdict: 'denied', code: 'not_allowed', proven, policy: mapped };
  }
  if (oneTime) {
    // Clocks differ by less than a signed URL lives; a JWT may live longer.
    const end = Math.max(options.clock() + longestLifeMs, proven.expiresAt) + longestLifeMs;
    const isFirst = await oneTime.use(verifier.audience + once, end);
    if (isFirst === false) return { verdict: 'refused', code: 'token_replayed', proven };
    if (isFirst !== true) throw new TypeError();
  }
  return { verdict: 'granted', proven, policy: mapped };
}

function limited({ limiter }: AccessOptions, key: string | undefined): (() => Promise<boolean>) | undefined {
  if (!limiter) return undefined;
  if (key === undefined) {
    throw new ConfigurationError('client', 'the limiter needs it', 'Say who the client is.');
  }
  return async () => (await limiter.limit({ key })).success === true;
}
