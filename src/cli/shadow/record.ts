/**
 * Finding the log lines of shadow mode among others.
 *
 * @module
 */
import * as v from 'valibot';
import { type OutageCode, outages } from '../../errors/codes.ts';
import { mappingRefusals } from '../../errors/mapping.ts';
import { stsRefusals } from '../../errors/sts.ts';
import { tokenRefusals } from '../../errors/token.ts';
import { member } from '../../lib/json.ts';

const texts = v.array(v.string());
const side = v.optional(v.union([v.boolean(), v.string(), texts]));
/** Those of a decision. */
const codes = [tokenRefusals, stsRefusals, mappingRefusals, outages].flatMap((table) => Object.keys(table));
const outageCode = v.picklist(Object.keys(outages) as OutageCode[]);

const difference = v.object({
  field: v.pipe(v.string(), v.regex(/^(?:authenticated|username|uid|groups|extra\..*)$/s)),
  theirs: side,
  ours: side,
  user: v.optional(v.object({ username: v.string(), groups: texts })),
});

const theirs = {
  httpStatus: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(999))),
  reason: v.optional(v.string()),
};
const verdict = v.picklist(['granted', 'denied']);

const record = v.object({
  time: v.pipe(v.string(), v.isoTimestamp()),
  decisionId: v.string(),
  cluster: v.optional(v.string()),
  verdict: v.string(),
  code: v.optional(v.picklist(codes)),
  reason: v.optional(v.string()),
  rule: v.optional(v.string()),
  policyVersion: v.optional(v.number()),
  canonicalArn: v.optional(v.string()),
  scrubbed: v.optional(v.boolean()),
  shadow: v.variant('outcome', [
    v.object({
      ...theirs,
      outcome: v.literal('agrees'),
      theirs: verdict,
      differences: v.optional(v.pipe(v.array(difference), v.maxLength(0))),
    }),
    v.object({
      ...theirs,
      outcome: v.literal('differs'),
      theirs: verdict,
      differences: v.pipe(v.array(difference), v.minLength(1)),
    }),
    v.object({ ...theirs, outcome: v.literal('not_compared'), theirs: v.union([verdict, outageCode]) }),
  ]),
});

/** What is read of a log line of shadow mode. */
export type ShadowLine = v.InferOutput<typeof record>;
export type LoggedDifference = v.InferOutput<typeof difference>;

/** What a line holds: records, ones that this version cannot read, or nothing of shadow mode. */
export interface FoundRecords {
  readonly records: readonly ShadowLine[];
  readonly unread: number;
}

/** Looks into a line: into JSON, JSON after a time or a name, and what `wrangler tail --format json` wraps around it. */
export function recordsIn(line: string): FoundRecords {
  const values = valuesIn(line).filter(isOfShadowMode);
  const read = values.map((value) => v.safeParse(record, value));
  const records = read.flatMap((one) => (one.success ? [one.output] : []));
  const unread = read.length === 0 && isPiece(line) ? 1 : read.length - records.length;
  return { records, unread };
}

/** Whether a line in which no record was found looks like one, or a part of one, that was cut, joined or wrapped. */
function isPiece(line: string): boolean {
  return /(?:shadow|differences)\\*":|outcome\\*": ?\\*"(?:agrees|differs|not_compared)/.test(line);
}

function isOfShadowMode(value: unknown): boolean {
  return member(value, 'event') === 'review' && member(value, 'shadow') !== undefined;
}

function valuesIn(line: string): unknown[] {
  const text = line.trim().replace(/,$/, '');
  // wrangler writes its JSON in many lines, in which ours are texts of their own
  const value = text.startsWith('"') ? parsed(text) : parsed(text.slice(Math.max(0, text.indexOf('{'))));
  if (typeof value === 'string') return [parsed(value)];
  const logs = member(value, 'logs');
  if (!Array.isArray(logs)) return [value];
  return logs.flatMap((log) => member(log, 'message')).map(parsed);
}

/** Undefined where it is no JSON. */
function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
