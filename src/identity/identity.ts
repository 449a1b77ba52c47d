/**
 * The identity of a caller, as AWS vouched for it.
 *
 * @module
 */
import type { CallerIdentity } from '../sts/answer.ts';
import { type CallerArn, canonicalArn, parseCallerArn } from './arn.ts';

/**
 * How an identity was proven: by a signed URL that STS vouched for, or by a JWT of the account's own issuer
 * (`sts:GetWebIdentityToken`).
 */
export type Proof = 'signed-url' | 'aws-jwt';

/** Who signed a token, or for whom it was issued. What is not known is absent, never empty. */
export interface Identity {
  /** How it was proven. */
  readonly proof: Proof;
  /** As AWS gave it: `arn:aws:sts::111122223333:assumed-role/Admin/alice`. A JWT names the role, and no session. */
  readonly arn: string;
  /** The ARN that rules name: `arn:aws:iam::111122223333:role/Admin`. */
  readonly canonicalArn: string;
  /** What the ARN names. */
  readonly type: 'assumed-role' | 'user' | 'root' | 'federated-user';
  /** `aws`, `aws-cn`, … */
  readonly partition: string;
  /** 12 digits */
  readonly account: string;
  /**
   * Unique ID that AWS never gives twice: `AROA…`, `AIDA…`; the account for root, `ACCOUNT:name` for federated users.
   * No JWT tells it.
   */
  readonly principalId?: string;
  /** Name of the role, for assumed roles. */
  readonly roleName?: string;
  /** Chosen by whoever assumed the role, unless the role's trust policy pins it. Assumed roles only; no JWT tells it. */
  readonly sessionName?: string;
  /** Access key ID that signed. Not a secret, but personal data. No JWT tells it. */
  readonly accessKeyId?: string;
  /** Organization of the account, `o-…`. Told by JWTs alone, as is all that follows. */
  readonly orgId?: string;
  /** Where the account is in the organization: `o-…/r-…/ou-…/`. */
  readonly ouPath?: string;
  /** Tags of the principal and of its session, by key. */
  readonly principalTags?: Readonly<Record<string, string>>;
  /** Set by whoever assumed the first role of a chain, and not changed since. */
  readonly sourceIdentity?: string;
}

/** What the identity must agree with. */
export interface IdentityContext {
  readonly partition: string;
  readonly accessKeyId: string;
}

/**
 * Makes the identity from what STS said; undefined where STS contradicts itself or names another partition, which is
 * no verdict on the caller.
 */
export function readIdentity(caller: CallerIdentity, context: IdentityContext): Identity | undefined {
  const arn = parseCallerArn(caller.arn);
  if (arn === undefined || arn.type === 'role') return undefined;
  if (arn.account !== caller.account || arn.partition !== context.partition) return undefined;
  const principalId = principalIdOf(arn, caller.userId);
  if (principalId === undefined) return undefined;
  return {
    proof: 'signed-url',
    arn: caller.arn,
    canonicalArn: canonicalArn(arn),
    type: arn.type,
    partition: arn.partition,
    account: arn.account,
    principalId,
    ...(arn.type === 'assumed-role' ? { roleName: arn.name, sessionName: arn.sessionName } : {}),
    accessKeyId: context.accessKeyId,
  };
}

/** The principal ID inside the user ID, whose other parts must say the same as the ARN (STS API reference, UserId). */
function principalIdOf(arn: CallerArn, userId: string): string | undefined {
  switch (arn.type) {
    case 'assumed-role': {
      const [id = '', sessionName, ...rest] = userId.split(':');
      return sessionName === arn.sessionName && rest.length === 0 && isUniqueId(id) ? id : undefined;
    }
    case 'user':
      return isUniqueId(userId) ? userId : undefined;
    case 'root':
      return userId === arn.account ? userId : undefined;
    case 'federated-user':
      return userId === `${arn.account}:${arn.name}` ? userId : undefined;
    case 'role':
      return undefined;
  }
}

function isUniqueId(id: string): boolean {
  return /^[A-Za-z0-9]{4,128}$/.test(id);
}
