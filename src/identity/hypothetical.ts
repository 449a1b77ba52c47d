/**
 * Identities that nobody proved: for explaining and simulating, never for deciding.
 *
 * @module
 */
import { canonicalArn, parseCallerArn } from './arn.ts';
import type { Identity } from './identity.ts';

/** What is said of somebody. */
export interface Description {
  /** Of a session, a user, a federated user or a root user, as STS gives it; of a role, with or without its path. */
  readonly arn: string;
  /** `AROA…` or `AIDA…`. Without it no pinned rule means them. */
  readonly principalId?: string | undefined;
  /** With the ARN of a role: the session's name. Without one no condition on it can be evaluated. */
  readonly sessionName?: string | undefined;
  readonly accessKeyId?: string | undefined;
}

/** The identity that STS would vouch for; undefined where the ARN is none of a caller or of a role. */
export function hypotheticalIdentity(description: Description): Identity | undefined {
  const arn = parseCallerArn(description.arn);
  if (arn === undefined) return undefined;
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

/** Known of root and federated users; of others, one that no rule can be pinned to. */
function principalIdOf(arn: NonNullable<ReturnType<typeof parseCallerArn>>): string {
  if (arn.type === 'root') return arn.account;
  return arn.type === 'federated-user' ? `${arn.account}:${arn.name}` : 'unknown';
}
