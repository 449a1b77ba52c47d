/**
 * What the admin API takes and gives. Requests are checked with these, and the OpenAPI document is made from them.
 *
 * @module
 */
import * as v from 'valibot';
import { pointerLimits } from '../../policy/pointer.ts';

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

const version = v.pipe(v.number(), v.integer(), v.minValue(1));
const dryRun = v.optional(v.boolean(), false);
const change = {
  message: v.optional(v.pipe(v.string(), v.maxLength(pointerLimits.message), v.regex(/^[\x20-\x7e]*$/)), ''),
  /** The version that the writer looked at; 0 where there was none. */
  expectedVersion: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  dryRun,
  yesLockOut: v.optional(v.boolean(), false),
  /** Write over what is stored and cannot be read. */
  replaceUnreadable: v.optional(v.boolean(), false),
};
const hash = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/));
const text = v.string();
const callerArn = v.pipe(text, v.maxLength(2048));
const table = v.array(v.unknown());
const anything = v.optional(v.unknown());
/** `decodeContent` checks what is in the fields. */
const manifestContent = v.union([
  v.strictObject({ document: hash }),
  v.strictObject({ exact: table, account: table, apiAudiences: anything, notBefore: anything }),
]);
const list = <T extends v.GenericSchema>(item: T) => v.array(item);

export const applyRequest = v.strictObject({ policy: policyInput, ...change });
export const rollbackRequest = v.strictObject({ version, ...change });
export const manifestRequest = v.strictObject({ content: manifestContent, ...change });
export const lintRequest = v.strictObject({ policy: anyPolicy });
export const missingRequest = v.strictObject({ hashes: v.pipe(list(hash), v.maxLength(500)) });
export const explainRequest = v.union([
  v.strictObject({ token: v.pipe(text, v.maxLength(32_768)) }),
  v.strictObject({
    arn: callerArn,
    principalId: v.optional(v.pipe(text, v.maxLength(128))),
    sessionName: v.optional(v.pipe(text, v.regex(/^[A-Za-z0-9_+=,.@-]{2,64}$/))),
    accessKeyId: v.optional(v.pipe(text, v.regex(/^[A-Za-z0-9]{4,128}$/))),
  }),
]);

const issue = v.object({ path: text, message: text });
const finding = v.object({ severity: v.picklist(['error', 'warning']), path: text, message: text });
const policyChange = v.object({
  kind: v.picklist(['gains', 'loses', 'changes']),
  who: text,
  before: v.optional(text),
  after: v.optional(text),
});
/** One who came lately, under the policy of now and under the other one. */
const effect = v.object({
  arn: text,
  lastSeen: v.optional(text),
  before: text,
  after: text,
  lockedOut: v.boolean(),
});
const versionInfo = { version, writtenAt: text, author: text, message: text };
const versionFacts = v.object(versionInfo);

export const policyResponse = v.object({ ...versionInfo, policy: policyInput });
export const historyResponse = v.object({ versions: list(versionFacts) });
export const lintResponse = v.object({ findings: list(finding) });
export const changeResponse = v.object({
  /** Whether it was written. */
  applied: v.boolean(),
  version: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Absent where the versions differ in more than can be read for it. */
  changes: v.optional(list(policyChange)),
  /** How many changes there are; `changes` holds the first 1,000. */
  changeCount: v.optional(v.pipe(v.number(), v.integer())),
  findings: list(finding),
  effects: list(effect),
  /** How many who came lately were tried; 0 means that nothing is known of who would be locked out. */
  tried: v.pipe(v.number(), v.integer()),
});
export const missingResponse = v.object({ missing: list(hash) });
export const partResponse = v.object({ hash });
export const explainResponse = v.object({
  steps: list(
    v.object({
      step: v.picklist(['token', 'sts', 'break-glass', 'policy', 'mapping']),
      outcome: v.picklist(['passed', 'refused', 'no-verdict']),
      code: v.optional(text),
      detail: text,
    }),
  ),
  identity: v.optional(v.looseObject({ arn: text, canonicalArn: text })),
  user: v.optional(v.object({ username: text, groups: list(text) })),
  rule: v.optional(text),
  policyVersion: v.optional(version),
  considered: list(v.object({ rule: text, standing: text, because: text })),
  nearest: v.optional(v.object({ rule: text, differs: text })),
});
export const errorResponse = v.object({
  code: text,
  message: text,
  issues: v.optional(list(issue)),
  /** Of a conflict: the version that is there now. */
  version: v.optional(v.number()),
  effects: v.optional(list(effect)),
});

/** What these are made of, by the names that the document uses. */
export const terms = {
  Hash: hash,
  CallerArn: callerArn,
  ManifestContent: manifestContent,
  Version: versionFacts,
  Finding: finding,
  Effect: effect,
  Change: changeResponse,
} as const satisfies Record<string, v.GenericSchema>;
