/**
 * Exchanging a subject token, which AWS vouches for, for a JWT that says what the policy makes of its signer.
 *
 * The break-glass rule is not asked: it is for the webhook, which needs no keys.
 *
 * @module
 */
import type { PrivateDnsNames } from '../ec2/private-dns-name.ts';
import type { SigningOutageCode } from '../errors/exchange.ts';
import { refuse } from '../errors/refusal.ts';
import type { TaskContext } from '../lib/flights.ts';
import type { PolicyReader } from '../policy/reader.ts';
import { type Denied, judge, type Named, type NotNamed, type Proven } from '../review/judge.ts';
import type { Wait } from '../review/waits.ts';
import type { Verified } from '../verifier/verification.ts';
import type { Verifier } from '../verifier/verifier.ts';
import { type Issued, type Issuer, issue } from './issue.ts';

/** The outcome of one exchange. Only `issued` has a token. */
export type Exchange =
  | (Omit<Named, 'verdict'> & { readonly verdict: 'issued'; readonly issued: Issued })
  | Denied<'reserved_not_issued'>
  /** The subject token is good, and not for this. */
  | (Proven & { readonly verdict: 'refused'; readonly code: 'jwt_issued_here' })
  /** It ends too soon. */
  | (Judged & { readonly verdict: 'refused'; readonly code: 'jwt_expired' })
  | (Judged & { readonly verdict: 'unavailable'; readonly code: SigningOutageCode })
  | NotNamed;

/** A proven caller for whom the policy has names, and who gets nothing all the same. */
interface Judged extends Proven, Pick<Named, 'rule' | 'policyVersion'> {
  readonly detail?: string | undefined;
}

/** An issuer, and what it decides by. */
export interface ExchangeIssuer extends Issuer {
  /** Its audience is the URL of the issuer. */
  readonly verifier: Pick<Verifier, 'isForeign' | 'verify'>;
  readonly policies: Pick<PolicyReader, 'current'>;
  /** Absent where the deployment cannot look them up. */
  readonly privateDnsNames?: PrivateDnsNames | undefined;
}

export interface ExchangeOptions {
  /** Of the exchange, in the JWT and in the log. */
  readonly decisionId: string;
  readonly context?: TaskContext | undefined;
  /** The present, in milliseconds since the epoch. */
  readonly clock: () => number;
  /** Waits for whatever takes time. Default: keeps no time. */
  readonly wait?: Wait | undefined;
}

/** Exchanges. */
export async function exchange(
  subjectToken: string,
  issuer: ExchangeIssuer,
  { decisionId, context, clock, wait }: ExchangeOptions,
): Promise<Exchange> {
  const { verifier, policies, privateDnsNames } = issuer;
  const judging = { verifier, policies, privateDnsNames, context, wait, soleAudience: true };
  const judged = await judge(subjectToken, judging, refuseIssued);
  if (judged.verdict !== 'named') return judged;
  const issued = await issue(judged, issuer, { decisionId, now: clock() });
  if (issued.ok) return { ...judged, verdict: 'issued', issued };
  const { code, detail } = issued;
  switch (code) {
    case 'reserved_not_issued':
      return { ...judged, verdict: 'denied', code, detail };
    case 'jwt_expired':
      return { ...judged, verdict: 'refused', code, detail };
    case 'signing_key_missing':
      return { ...judged, verdict: 'unavailable', code, detail };
  }
}

/** Else whoever holds a JWT could have it renewed for ever, without AWS being asked again. */
function refuseIssued({ identity, sts, jwt, cached, verifiedAt }: Verified): Exchange | undefined {
  if (jwt?.names === undefined) return undefined;
  return { identity, sts, jwt, cached, verifiedAt, ...refuse('jwt_issued_here'), verdict: 'refused' };
}
