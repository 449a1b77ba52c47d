/**
 * Forms of what JWTs say of a caller.
 *
 * @module
 */
import { member } from '../lib/json.ts';
import { isJsonObject, type JsonObject } from './strict-json.ts';

/**
 * By the name of the member of an identity. Organizations API reference: Organization.Id, Root.Id, OrganizationalUnit.Id; STS API
 * reference: SourceIdentity, RoleSessionName.
 */
const forms: Readonly<Record<FactName, RegExp>> = {
  orgId: /^o-[a-z0-9]{10,32}$/,
  ouPath: /^o-[a-z0-9]{10,32}\/r-[a-z0-9]{4,32}\/(?:ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}\/)*$/,
  sourceIdentity: /^[\w+=,.@-]{2,64}$/,
  accessKeyId: /^[A-Za-z0-9]{4,128}$/,
  id: /^[\x21-\x7e]{1,256}$/,
};

/** A fact that has a form of its own. */
type FactName = 'orgId' | 'ouPath' | 'sourceIdentity' | 'accessKeyId' | 'id';

/** Tags of IAM and of sessions (IAM API reference, Tag). */
const tagKey = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const tagValue = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** What was read: what is absent is absent there too. Or the claim that has another form. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly claim: string };

/** @param claims the name of the claim, by the name of the fact */
export function readFacts<N extends FactName>(
  object: JsonObject,
  claims: Readonly<Record<N, string>>,
): Read<{ readonly [Name in N]?: string }> {
  const facts: { [Name in N]?: string } = {};
  for (const [name, claim] of Object.entries(claims) as [N, string][]) {
    if (!Object.hasOwn(object, claim)) continue;
    const value = member(object, claim);
    if (typeof value !== 'string' || !forms[name].test(value)) return { ok: false, claim };
    facts[name] = value;
  }
  return { ok: true, value: facts };
}

/** Tags by key; undefined where there are none. */
export function readTags(
  object: JsonObject,
  claim: string,
): Read<Readonly<Record<string, string>> | undefined> {
  if (!Object.hasOwn(object, claim)) return { ok: true, value: undefined };
  const tags = member(object, claim);
  if (!isJsonObject(tags) || !Object.entries(tags).every(isTag)) return { ok: false, claim };
  if (Object.keys(tags).length === 0) return { ok: true, value: undefined };
  return { ok: true, value: Object.freeze(tags as Record<string, string>) };
}

function isTag([key, value]: readonly [string, unknown]): boolean {
  return tagKey.test(key) && typeof value === 'string' && tagValue.test(value);
}
