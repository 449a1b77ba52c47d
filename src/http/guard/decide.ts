/**
 * Deciding on a request: whose token it is, and whether they may come in.
 *
 * @module
 */
import { type AccessCode, textOf } from '../../errors/access.ts';
import type { MappingRefusalCode } from '../../errors/mapping.ts';
import { BodyTooLargeError, readBytes } from '../../lib/body.ts';
import type { PolicyDenied, PolicyMapped, PolicyUnavailable } from '../../policy/caller-policy.ts';
import { isNonce, nonceHeader, nonceSuffix, requestSuffix } from '../../token/suffix.ts';
import { longestLifeMs } from '../../token/times.ts';
import type { Verification, Verified } from '../../verifier/verification.ts';
import type { Verifier } from '../../verifier/verifier.ts';
import type { Allows } from './allow.ts';
import { readCredential } from './credential.ts';
import type { AccessOptions, GuardCall } from './options.ts';

/** What came of a request. Only `granted` lets anybody in. */
export type Access =
  | { readonly verdict: 'granted'; readonly proven: Verified; readonly mapped: PolicyMapped | undefined }
  | {
      readonly verdict: 'denied';
      readonly code: MappingRefusalCode | 'not_allowed';
      readonly reason: string;
      readonly proven: Verified;
      readonly policy: PolicyDenied | PolicyMapped | undefined;
    }
  | Exclude<Verification, Verified>
  | {
      readonly verdict: 'rejected';
      readonly code: Extract<
        AccessCode,
        'token_missing' | 'authorization_malformed' | 'nonce_missing' | 'body_too_large'
      >;
      readonly reason: string;
    }
  | {
      readonly verdict: 'refused';
      readonly code: 'token_replayed';
      readonly reason: string;
      readonly proven: Verified;
    }
  | PolicyUnavailable
  | {
      readonly verdict: 'unavailable';
      readonly code: 'internal';
      readonly reason: string;
      readonly problem: string;
    };

export interface DecideAccessOptions extends AccessOptions {
  readonly verifier: Verifier;
  readonly allows: Allows;
  readonly clock: () => number;
}

/** Decides. What makes a token used comes last, so that whoever is turned away for another reason can come again. */
export async function decideAccess(
  request: Request,
  { client, context }: GuardCall,
  options: DecideAccessOptions,
): Promise<Access> {
  const { verifier, policy, allows, oneTime, limiter, clock } = options;
  const credential = readCredential(request.headers);
  if (!credential.ok) return textual('rejected', credential.code);
  const suffix = await readSuffix(request, options);
  if (!suffix.ok) return textual('rejected', suffix.code);
  const mayAskSts =
    limiter && (async () => (await limiter.limit({ key: client as string })).success === true);
  const verify = (verifiedAfter: number): Promise<Verification> =>
    verifier.verify(credential.token, { context, suffix: suffix.text, mayAskSts, verifiedAfter });
  const first = await verify(0);
  if (first.verdict !== 'verified') return first;
  const mapped = policy && (await policy.map(first.identity, context));
  if (mapped?.verdict === 'unavailable') return mapped;
  const { notBefore = 0 } = mapped ?? {};
  const proven = first.verifiedAt >= notBefore ? first : await verify(notBefore);
  if (proven.verdict !== 'verified') return proven;
  // The verdict at hand is that on the first; a token has one signer, whenever STS is asked.
  if (proven.identity.canonicalArn !== first.identity.canonicalArn) throw new Error('one token, two signers');
  if (mapped?.verdict === 'denied') return { ...mapped, proven, policy: mapped };
  if (policy !== undefined && mapped?.verdict !== 'mapped') throw new Error('the policy gave no verdict');
  if (!allows(proven.identity, mapped?.literalGroups ?? [])) {
    return { ...textual('denied', 'not_allowed'), proven, policy: mapped };
  }
  // Clocks differ by less than a token lives.
  const isFirst =
    oneTime && (await oneTime.use(verifier.audience + suffix.nonce, clock() + 2 * longestLifeMs));
  if (isFirst === false) return { ...textual('refused', 'token_replayed'), proven };
  if (oneTime !== undefined && isFirst !== true) throw new Error('the store of used tokens gave no answer');
  return { verdict: 'granted', proven, mapped };
}

function textual<V extends string, C extends AccessCode>(verdict: V, code: C) {
  return { verdict, code, reason: textOf(code) } as const;
}

type Suffix =
  | { readonly ok: true; readonly text: string; readonly nonce: string }
  | { readonly ok: false; readonly code: 'nonce_missing' | 'body_too_large' };

/** What the client must have signed after the audience. */
async function readSuffix(request: Request, options: DecideAccessOptions): Promise<Suffix> {
  const sent = request.headers.get(nonceHeader);
  if (options.oneTime !== undefined && !isNonce(sent)) return { ok: false, code: 'nonce_missing' };
  const nonce = options.oneTime === undefined || sent === null ? '' : nonceSuffix(sent);
  if (!options.requestBound) return { ok: true, text: nonce, nonce };
  try {
    const bound = await digestOf(request, options);
    return { ok: true, text: bound + nonce, nonce };
  } catch (error) {
    if (error instanceof BodyTooLargeError) return { ok: false, code: 'body_too_large' };
    throw error;
  }
}

async function digestOf(
  request: Request,
  { origin, maxBodyBytes = 1024 * 1024 }: AccessOptions,
): Promise<string> {
  const { href, origin: own } = new URL(request.url);
  const url = (origin ?? own) + href.slice(own.length);
  const body = await readBytes(request.clone().body, maxBodyBytes);
  return requestSuffix({ method: request.method, url, body });
}
