/**
 * What a JWT that callerid issued says of the caller: the facts of the identity, and the names that its policy gave.
 *
 * @module
 */
import { refuse } from '../errors/refusal.ts';
import { type CallerArn, canonicalArn, parseCallerArn } from '../identity/arn.ts';
import type { Identity } from '../identity/identity.ts';
import { member } from '../lib/json.ts';
import type { IssuedNames } from '../verifier/verification.ts';
import { type Read, readFacts } from './facts.ts';
import { isJsonObject, type JsonObject } from './strict-json.ts';
import type { CallerClaims } from './verify-jwt.ts';

/** @param factsClaim the claim that holds the facts: the host of the issuer */
export function readIssuedClaims(payload: JsonObject, issuer: string, factsClaim: string): CallerClaims {
  const facts = member(payload, factsClaim);
  if (!isJsonObject(facts)) return refuse('jwt_claims', factsClaim);
  const identity = readIdentity(facts, member(payload, 'sub'));
  if (!identity.ok) return refuse(identity.claim === 'sub' ? 'jwt_subject' : 'jwt_claims', identity.claim);
  const names = readNames(payload, facts);
  if (!names.ok) return refuse('jwt_claims', names.claim);
  const id = readFacts(payload, { id: 'jti' });
  if (!id.ok) return refuse('jwt_claims', id.claim);
  const jwt = Object.freeze({ issuer, ...id.value, names: names.value });
  return { ok: true, found: { identity: identity.value, jwt } };
}

/** What follows from the ARN is there too, and must be the same. */
function readIdentity(facts: JsonObject, sub: unknown): Read<Identity> {
  const text = member(facts, 'arn');
  const arn = typeof text === 'string' ? parseCallerArn(text) : undefined;
  if (arn === undefined) return { ok: false, claim: 'arn' };
  const proof = member(facts, 'proof');
  if (proof !== 'signed-url' && proof !== 'aws-jwt') return { ok: false, claim: 'proof' };
  const derived = {
    canonicalArn: canonicalArn(arn),
    type: arn.type === 'role' ? 'assumed-role' : arn.type,
    partition: arn.partition,
    account: arn.account,
  } as const;
  const role = arn.type === 'role' || arn.type === 'assumed-role' ? { roleName: arn.name } : {};
  const session = arn.type === 'assumed-role' ? { sessionName: arn.sessionName } : {};
  const required: Readonly<Record<string, string>> = { ...derived, ...role, ...session };
  const names = [...Object.keys(derived), 'roleName', 'sessionName'];
  const wrong = names.find((name) => member(facts, name) !== required[name]);
  if (wrong !== undefined) return { ok: false, claim: wrong };
  if (sub !== derived.canonicalArn) return { ok: false, claim: 'sub' };

  const more = readFacts(facts, {
    accessKeyId: 'accessKeyId',
    orgId: 'orgId',
    ouPath: 'ouPath',
    sourceIdentity: 'sourceIdentity',
  });
  if (!more.ok) return more;
  const principalId = member(facts, 'principalId');
  if (principalId !== undefined && !isPrincipalOf(arn, principalId))
    return { ok: false, claim: 'principalId' };
  const principal = principalId === undefined ? {} : { principalId: principalId as string };
  const identity: Identity = {
    proof,
    arn: text as string,
    ...derived,
    ...role,
    ...session,
    ...principal,
    ...more.value,
  };
  return { ok: true, value: Object.freeze(identity) };
}

function isPrincipalOf(arn: CallerArn, id: unknown): boolean {
  if (arn.type === 'root') return id === arn.account;
  if (arn.type === 'federated-user') return id === `${arn.account}:${arn.name}`;
  return typeof id === 'string' && /^[A-Za-z0-9]{4,128}$/.test(id);
}

function readNames(payload: JsonObject, facts: JsonObject): Read<IssuedNames> {
  const username = member(payload, 'username');
  if (!isName(username)) return { ok: false, claim: 'username' };
  const groups = member(payload, 'groups');
  if (!Array.isArray(groups) || !groups.every(isName)) return { ok: false, claim: 'groups' };
  const literalGroups = member(facts, 'literalGroups');
  if (!Array.isArray(literalGroups) || !literalGroups.every((group) => groups.includes(group))) {
    return { ok: false, claim: 'literalGroups' };
  }
  const frozen = { username, groups: Object.freeze(groups), literalGroups: Object.freeze(literalGroups) };
  return { ok: true, value: Object.freeze(frozen) };
}

/** As a policy may give them. */
function isName(name: unknown): name is string {
  return typeof name === 'string' && /^[\x20-\x7e]{1,1024}$/.test(name);
}
