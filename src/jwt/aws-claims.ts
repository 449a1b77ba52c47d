/**
 * What a JWT of AWS says of the caller (IAM User Guide, "Understanding token claims" of outbound identity federation).
 *
 * @module
 */
import { type Refused, refuse } from '../errors/refusal.ts';
import { type CallerArn, canonicalArn, isAccount, parseCallerArn } from '../identity/arn.ts';
import type { Identity } from '../identity/identity.ts';
import { member } from '../lib/json.ts';
import { readFacts, readTags } from './facts.ts';
import { isJsonObject, type JsonObject } from './strict-json.ts';
import type { CallerClaims } from './verify-jwt.ts';

/** The claim that holds all that is of AWS's own. */
const awsClaim = 'https://sts.amazonaws.com/';

/** The partition that issues JWTs. */
const partition = 'aws';

/** Who may be the subject: a JWT names no session. */
type Subject = Extract<CallerArn, { readonly type: 'role' | 'user' | 'root' }>;

/** @param account of the issuer */
export function readAwsClaims(payload: JsonObject, issuer: string, account: string): CallerClaims {
  const claims = member(payload, awsClaim);
  if (!isJsonObject(claims)) return refuse('jwt_claims', awsClaim);
  const sub = member(payload, 'sub');
  const subject = typeof sub === 'string' ? readSubject(sub) : undefined;
  if (subject === undefined) return refuse('jwt_subject');
  const accountRefusal = differs(member(claims, 'aws_account'), subject.account, account);
  if (accountRefusal) return accountRefusal;

  const facts = readFacts(claims, { orgId: 'org_id', ouPath: 'ou_path', sourceIdentity: 'source_identity' });
  if (!facts.ok) return refuse('jwt_claims', facts.claim);
  const { orgId, ouPath } = facts.value;
  if (orgId && ouPath && !ouPath.startsWith(`${orgId}/`)) return refuse('jwt_claims', 'ou_path');
  const [principalTags, requestTags] = [readTags(claims, 'principal_tags'), readTags(claims, 'request_tags')];
  if (!principalTags.ok) return refuse('jwt_claims', principalTags.claim);
  if (!requestTags.ok) return refuse('jwt_claims', requestTags.claim);
  const id = readFacts(payload, { id: 'jti' });
  if (!id.ok) return refuse('jwt_claims', id.claim);

  const identity: Identity = {
    ...identityOf(sub as string, subject),
    ...facts.value,
    ...(principalTags.value && { principalTags: principalTags.value }),
  };
  const jwt = { issuer, ...id.value, ...(requestTags.value && { requestTags: requestTags.value }) };
  return { ok: true, found: { identity: Object.freeze(identity), jwt: Object.freeze(jwt) } };
}

function readSubject(sub: string): Subject | undefined {
  const arn = parseCallerArn(sub);
  if (arn?.partition !== partition) return undefined;
  return arn.type === 'role' || arn.type === 'user' || arn.type === 'root' ? arn : undefined;
}

/** Any account can have AWS sign JWTs of its own issuer: all three must be one. */
function differs(
  claimed: unknown,
  subject: string,
  configured: string,
): Refused<'jwt_account' | 'jwt_claims'> | undefined {
  if (!isAccount(claimed)) return refuse('jwt_claims', 'aws_account');
  if (claimed !== configured) return refuse('jwt_account', 'aws_account');
  return subject === configured ? undefined : refuse('jwt_account', 'sub');
}

function identityOf(arn: string, subject: Subject): Identity {
  return {
    proof: 'aws-jwt',
    arn,
    canonicalArn: canonicalArn(subject),
    type: subject.type === 'role' ? 'assumed-role' : subject.type,
    partition,
    account: subject.account,
    ...(subject.type === 'role' ? { roleName: subject.name } : {}),
  };
}
