/**
 * Reading a policy: every field known, every rule able to work, or a list of what is wrong.
 *
 * @module
 */
import * as v from 'valibot';
import { PolicyError, type PolicyIssue } from '../errors.ts';
import { isAccount, parseCallerArn } from '../identity/arn.ts';
import { suggest } from '../lib/suggest.ts';
import { isAudience } from '../token/audience.ts';
import { reservedProblem } from './reserved.ts';
import type { Policy, Rule } from './rule.ts';
import { parseTemplate } from './template.ts';

const maxTemplateLength = 1024;

/** ARNs and account numbers are checked as text: a number has lost its leading zeros already. */
export const accountMessage = 'account must be a quoted string of 12 digits';

const template = v.pipe(
  v.string('must be text'),
  v.minLength(1, 'must not be empty'),
  v.maxLength(maxTemplateLength, `must be at most ${maxTemplateLength} characters`),
  v.regex(/^[\x20-\x7e]*$/, 'must be printable ASCII'),
  v.rawCheck(({ dataset, addIssue }) => {
    const parsed = dataset.typed ? parseTemplate(dataset.value) : undefined;
    if (typeof parsed === 'string') addIssue({ message: parsed });
  }),
);

const grant = {
  username: template,
  groups: v.optional(v.array(template, 'must be a list of texts'), []),
  reserved: v.optional(v.picklist(['node', 'masters', 'custom'], 'must be node, masters or custom')),
  acknowledgeSessionNode: v.optional(v.boolean('must be true or false')),
};

const roleArn = arn(
  (type) => type === 'role',
  'must be the ARN of an IAM role, arn:aws:iam::111122223333:role/Name',
);
const userArn = arn(
  (type) => type === 'user' || type === 'root' || type === 'federated-user',
  'must be the ARN of an IAM user, a federated user or a root user, such as arn:aws:iam::111122223333:user/Name',
);

const rules = {
  role: v.strictObject({ role: roleArn, ...grant }),
  user: v.strictObject({ user: userArn, ...grant }),
  account: v.strictObject({
    account: v.custom<string>(isAccount, accountMessage),
    includeRoot: v.optional(v.boolean('must be true or false')),
  }),
};

const document = v.strictObject({
  rules: v.array(v.unknown(), 'must be a list of rules'),
  apiAudiences: v.optional(
    v.pipe(
      v.array(v.custom<string>(isAudience, 'must be printable text'), 'must be a list of texts'),
      v.minLength(1, 'must not be empty: nothing would be served'),
    ),
  ),
  notBefore: v.optional(v.custom<string>(isTime, 'must be a time such as 2026-11-24T05:00:00Z')),
});

/**
 * Reads a policy from parsed JSON or YAML.
 *
 * @throws {PolicyError} with every issue found, each with the path of its field
 */
export function parsePolicy(input: unknown): Policy {
  const parsed = v.safeParse(document, input);
  const issues = (parsed.issues ?? []).map((issue) => readIssue(issue, '', document));
  const found: Rule[] = [];
  for (const [index, rule] of listOfRules(input).entries()) {
    const read = parseRule(rule, `rules[${index}]`);
    if (Array.isArray(read)) issues.push(...read);
    else found.push(read);
  }
  if (!parsed.success || issues.length > 0) throw new PolicyError(issues);
  return { ...parsed.output, rules: found };
}

/** Also of a document that is wrong elsewhere, so that every issue is found at once. */
function listOfRules(input: unknown): readonly unknown[] {
  const { rules: list } = (input ?? {}) as { rules?: unknown };
  return Array.isArray(list) ? list : [];
}

/** A rule is told by the one field that says whom it maps. */
function parseRule(input: unknown, path: string): Rule | PolicyIssue[] {
  const isObject = typeof input === 'object' && input !== null;
  const kinds = isObject
    ? (Object.keys(rules) as (keyof typeof rules)[]).filter((kind) => Object.hasOwn(input, kind))
    : [];
  const [kind, ...others] = kinds;
  if (kind === undefined || others.length > 0) {
    return [{ path, message: `must have exactly one of ${Object.keys(rules).join(', ')}` }];
  }
  const parsed = v.safeParse(rules[kind], input);
  if (!parsed.success) return parsed.issues.map((issue) => readIssue(issue, path, rules[kind]));
  if (!('username' in parsed.output)) return parsed.output;
  const problem = reservedProblem(parsed.output);
  return problem ? [{ path: `${path}.${problem.path}`, message: problem.message }] : parsed.output;
}

function arn(accepts: (type: string) => boolean, message: string): v.GenericSchema<string> {
  return v.custom<string>((value) => {
    // A path may hold `*` or `?`, but whoever writes one means a pattern, and this would be none.
    const parsed = typeof value === 'string' && !/[*?]/.test(value) ? parseCallerArn(value) : undefined;
    return parsed !== undefined && accepts(parsed.type);
  }, message);
}

/** Whether this is a time of RFC 3339, on a day that exists: `Date.parse` takes 30 February for 2 March. */
function isTime(value: unknown): boolean {
  const form = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
  const [, day] = (typeof value === 'string' && form.exec(value)) || [];
  if (day === undefined || Number.isNaN(Date.parse(String(value)))) return false;
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

function readIssue(
  issue: v.BaseIssue<unknown>,
  prefix: string,
  schema: { readonly entries: object },
): PolicyIssue {
  const path = (issue.path ?? []).reduce(
    (text, { key }) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${key}` : String(key)),
    prefix,
  );
  if (issue.type !== 'strict_object') return { path, message: issue.message };
  if (issue.path === undefined) return { path: prefix, message: 'must be an object' };
  const key = String(issue.path.at(-1)?.key);
  if (issue.expected === 'never') return { path, message: unknownField(key, Object.keys(schema.entries)) };
  return { path, message: 'is missing' };
}

/** What is said of a field that does not exist. */
export function unknownField(name: string, known: Iterable<string>): string {
  const nearest = suggest(name, known);
  return `unknown field ${name}${nearest === undefined ? '' : `, did you mean ${nearest}`}`;
}
