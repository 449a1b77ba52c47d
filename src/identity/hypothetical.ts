/**
 * Identities that nobody proved: for explaining and simulating, never for deciding.
 *
 * @module
 */
import { type CallerArn, canonicalArn, parseCallerArn } from './arn.ts';
import type { Identity, Proof } from './identity.ts';

/** What is said of somebody. What their kind of proof does not tell is left out. */
export interface Description {
  /** Default: `signed-url`. */
  readonly proof?: Proof | undefined;
  /** Of a session, a user, a federated user or a root user, as STS gives it; of a role, with or without its path. */
  readonly arn: string;
  /** `AROA…` or `AIDA…`. Without it no pinned rule means them. */
  readonly principalId?: string | undefined;
  /** With the ARN of a role: the session's name. Without one no condition on it can be evaluated. */
  readonly sessionName?: string | undefined;
  readonly accessKeyId?: string | undefined;
  /** `o-…`. A JWT alone tells it, and all that follows. */
  readonly orgId?: string | undefined;
  /** `o-…/r-…/ou-…/` */
  readonly ouPath?: string | undefined;
  /** By key. */
  readonly principalTags?: Readonly<Record<string, string>> | undefined;
  readonly sourceIdentity?: string | undefined;
}

/**
 * The identity that AWS would vouch for; undefined where the ARN is none of a caller or of a role, or with a JWT that
 * of a federated user, who gets none.
 */
export function hypotheticalIdentity(description: Description): Identity | undefined {
  const arn = parseCallerArn(description.arn);
  if (arn === undefined) return undefined;
  if (description.proof === 'aws-jwt') return identityOfJwt(arn, description);
  const isRole = arn.type === 'role' || arn.type === 'assumed-role';
  const sessionName = arn.type === 'assumed-role' ? arn.sessionName : description.sessionName;
  return {
    proof: 'signed-url',
    arn: description.arn,
    canonicalArn: canonicalArn(arn),
    type: arn.type === 'role' ? 'assumed-role' : arn.type,
    partition: arn.partition,
    account: arn.account,
    principalId: description.principalId ?? principalIdOf(arn),
    ...(isRole ? { roleName: arn.name } : {}),
    ...(isRole && sessionName !== undefined ? { sessionName } : {}),
    accessKeyId: description.accessKeyId ?? '',
  };
}

/** A JWT names the role of a session. */
function identityOfJwt(arn: CallerArn, description: Description): Identity | undefined {
  const { orgId, ouPath, principalTags, sourceIdentity } = description;
  const isRole = arn.type === 'role' || arn.type === 'assumed-role';
  if (arn.type === 'federated-user') return undefined;
  return {
    proof: 'aws-jwt',
    arn: arn.type === 'assumed-role' ? canonicalArn(arn) : description.arn,
    canonicalArn: canonicalArn(arn),
    type: arn.type === 'role' ? 'assumed-role' : arn.type,
    partition: arn.partition,
    account: arn.account,
    ...(isRole ? { roleName: arn.name } : {}),
    ...(orgId === undefined ? {} : { orgId }),
    ...(ouPath === undefined ? {} : { ouPath }),
    ...(principalTags === undefined ? {} : { principalTags }),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  };
}

/** Known of root and federated users; of others, one that no rule can be pinned to. */
function principalIdOf(arn: CallerArn): string {
  if (arn.type === 'root') return arn.account;
  return arn.type === 'federated-user' ? `${arn.account}:${arn.name}` : 'unknown';
}
