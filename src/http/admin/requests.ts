/**
 * What the admin API takes: requests are checked with these, and the OpenAPI document is made from them.
 *
 * @module
 */
import * as v from 'valibot';
import { isTagKey, isTagValue } from '../../mapping/condition-form.ts';
import { time } from '../../mapping/schema.ts';
import { pointerLimits } from '../../policy/pointer.ts';
import { policyKeyForm, signatureForm } from '../../policy/signature.ts';

/**
 * A policy as it is written: `parsePolicy` checks it, and the document shows `policyForm` in its place. It is handed on
 * as it came: the library would copy its fields, and one named `__proto__` would become the prototype of the copy.
 */
export const policyInput: v.GenericSchema<unknown> = v.custom(
  (value) => typeof value === 'object' && value !== null,
  'must be an object',
);
/** What may be a policy: to find what is wrong with it is what was asked for. */
const anyPolicy = v.unknown();

export const version = v.pipe(v.number(), v.integer(), v.minValue(1));
export const policyKey = v.pipe(v.string(), v.regex(policyKeyForm));
export const signatureValue = v.pipe(v.string(), v.regex(signatureForm));
/** Of what is to be written: made by whoever planned it. */
export const signature = v.strictObject({
  version: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(999_999_999_999_999)),
  writtenAt: time,
  key: policyKey,
  value: signatureValue,
});
const dryRun = v.optional(v.boolean(), false);
const change = {
  message: v.optional(v.pipe(v.string(), v.maxLength(pointerLimits.message), v.regex(/^[\x20-\x7e]*$/)), ''),
  /** The version that the writer looked at; 0 where there was none. */
  expectedVersion: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  dryRun,
  yesLockOut: v.optional(v.boolean(), false),
  /** Write over what is stored and cannot be read. */
  replaceUnreadable: v.optional(v.boolean(), false),
  signature: v.optional(signature),
  /** Not signed, after a version that is. */
  unsigned: v.optional(v.boolean(), false),
};
export const hash = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/));
const text = v.string();
export const callerArn = v.pipe(text, v.maxLength(2048));
/** Federated users get no JWT. */
export const jwtCallerArn = v.pipe(text, v.maxLength(2048));
const table = v.array(v.unknown());
const anything = v.optional(v.unknown());
/** `decodeContent` checks what is in the fields. */
export const manifestContent = v.union([
  v.strictObject({ document: hash }),
  v.strictObject({
    exact: table,
    account: table,
    apiAudiences: anything,
    notBefore: anything,
    tokenSeconds: anything,
  }),
]);

export const applyRequest = v.strictObject({ policy: policyInput, ...change });
export const rollbackRequest = v.strictObject({ version, ...change });
export const manifestRequest = v.strictObject({ content: manifestContent, ...change });
export const lintRequest = v.strictObject({ policy: anyPolicy });
export const missingRequest = v.strictObject({ hashes: v.pipe(v.array(hash), v.maxLength(500)) });
export const orgId = v.pipe(text, v.regex(/^o-[a-z0-9]{10,32}$/));
export const ouPath = v.pipe(text, v.maxLength(512), v.regex(/^o-[a-z0-9/-]+\/$/));
/** Not a record, which would leave out a tag such as `constructor`. */
export const tags = v.pipe(
  v.custom<Readonly<Record<string, string>>>((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const entries = Object.entries(value);
    return entries.length <= 50 && entries.every(([key, tag]) => isTagKey(key) && isTagValue(tag));
  }, 'must be tags of IAM, by their keys'),
);
export const explainRequest = v.union([
  v.strictObject({ token: v.pipe(text, v.maxLength(32_768)) }),
  v.strictObject({
    arn: jwtCallerArn,
    proof: v.literal('aws-jwt'),
    orgId: v.optional(orgId),
    ouPath: v.optional(ouPath),
    principalTags: v.optional(tags),
    sourceIdentity: v.optional(v.pipe(text, v.regex(/^[A-Za-z0-9_+=,.@-]{2,64}$/))),
  }),
  v.strictObject({
    arn: callerArn,
    proof: v.optional(v.literal('signed-url')),
    principalId: v.optional(v.pipe(text, v.maxLength(128))),
    sessionName: v.optional(v.pipe(text, v.regex(/^[A-Za-z0-9_+=,.@-]{2,64}$/))),
    accessKeyId: v.optional(v.pipe(text, v.regex(/^[A-Za-z0-9]{4,128}$/))),
  }),
]);
