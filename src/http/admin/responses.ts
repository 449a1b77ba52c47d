/**
 * What the admin API gives: clients check answers with these, and the OpenAPI document is made from them. The API itself
 * needs none of them.
 *
 * @module
 */
import * as v from 'valibot';
import type { OperationId } from './operations.ts';
import {
  callerArn,
  hash,
  jwtCallerArn,
  manifestContent,
  policyInput,
  policyKey,
  signature,
  signatureValue,
  tags,
  version,
} from './requests.ts';

const text = v.string();
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
/** As it is stored; absent of what is not signed. `believed` says what the deployment thinks of it. */
const storedSignature = v.object({ key: policyKey, value: signatureValue });
const versionInfo = {
  version,
  writtenAt: text,
  author: text,
  message: text,
  signature: v.optional(storedSignature),
};
/** Whether it is believed: only where the deployment has keys, or the signature is wrong. And why it is not. */
const belief = { believed: v.optional(v.boolean()), disbelief: v.optional(text) };
const versionFacts = v.object({ ...versionInfo, ...belief });

const policyResponse = v.object({ ...versionInfo, ...belief, policy: policyInput });
const historyResponse = v.object({ versions: v.array(versionFacts) });
const lintResponse = v.object({ findings: v.array(finding) });
const changeResponse = v.object({
  /** Whether it was written. */
  applied: v.boolean(),
  version: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Absent where the versions differ in more than can be read for it. */
  changes: v.optional(v.array(policyChange)),
  /** How many changes there are; `changes` holds the first 1,000. */
  changeCount: v.optional(v.pipe(v.number(), v.integer())),
  findings: v.array(finding),
  effects: v.array(effect),
  /** How many who came lately were tried; 0 means that nothing is known of who would be locked out. */
  tried: v.pipe(v.number(), v.integer()),
});
const missingResponse = v.object({ missing: v.array(hash) });
const partResponse = v.object({ hash });
const explainResponse = v.object({
  steps: v.array(
    v.object({
      step: v.picklist(['token', 'sts', 'issuer', 'break-glass', 'policy', 'mapping']),
      outcome: v.picklist(['passed', 'refused', 'no-verdict']),
      code: v.optional(text),
      detail: text,
    }),
  ),
  identity: v.optional(v.looseObject({ arn: text, canonicalArn: text })),
  user: v.optional(v.object({ username: text, groups: v.array(text) })),
  rule: v.optional(text),
  policyVersion: v.optional(version),
  considered: v.array(v.object({ rule: text, standing: text, because: text })),
  nearest: v.optional(v.object({ rule: text, differs: text })),
});
/** Of the answers with status 200, by operation. */
export const responses = {
  getPolicy: policyResponse,
  applyPolicy: changeResponse,
  lintPolicy: lintResponse,
  history: historyResponse,
  rollback: changeResponse,
  missingParts: missingResponse,
  putPart: partResponse,
  applyManifest: changeResponse,
  explain: explainResponse,
} as const satisfies Record<OperationId, v.GenericSchema>;

/** Of all other answers. */
export const errorResponse = v.object({
  code: text,
  message: text,
  issues: v.optional(v.array(issue)),
  /** Of a conflict: the version that is there now. */
  version: v.optional(v.number()),
  effects: v.optional(v.array(effect)),
});

/** What requests and answers are made of, by the names that the document uses. */
export const terms = {
  Hash: hash,
  CallerArn: callerArn,
  JwtCallerArn: jwtCallerArn,
  ManifestContent: manifestContent,
  PolicyKey: policyKey,
  SignatureValue: signatureValue,
  Signature: signature,
  Tags: tags,
  Version: versionFacts,
  Finding: finding,
  Effect: effect,
  Change: changeResponse,
} as const satisfies Record<string, v.GenericSchema>;
