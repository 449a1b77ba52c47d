/**
 * Reading a policy: every field known, every rule able to work, or a list of what is wrong.
 *
 * @module
 */
import * as v from 'valibot';
import { PolicyError, type PolicyIssue } from '../errors/classes.ts';
import {
  type CallerArn,
  canonicalArn,
  isAccount,
  isPartition,
  isPrincipalId,
  parseCallerArn,
} from '../identity/arn.ts';
import { longestJwtSeconds } from '../lib/jwt-life.ts';
import { suggest } from '../lib/suggest.ts';
import { PARTITION_IDS } from '../sts/partitions.ts';
import { isAudience } from '../token/audience.ts';
import {
  isTagKey,
  orgIdProblem,
  ouPathGlobProblem,
  sessionGlobProblem,
  tagGlobProblem,
} from './condition-form.ts';
import { hasWildcard, isBare } from './glob.ts';
import { parsePattern, patternProblems } from './pattern.ts';
import { isPermissionSetName } from './permission-set.ts';
import { proofs } from './proof.ts';
import { reservedProblem } from './reserved.ts';
import type { Policy, Rule } from './rule.ts';
import { parseTemplate } from './template.ts';

const maxTemplateLength = 1024;

/** ARNs and account numbers are checked as text: a number has lost its leading zeros already. */
export const accountMessage = 'account must be a quoted string of 12 digits';

/** Text, with a check that says what is wrong with it. */
function text(
  problemOf: (value: string) => string | undefined,
  otherwise = 'must be text',
): v.GenericSchema<string> {
  return v.pipe(
    v.string(otherwise),
    v.rawCheck(({ dataset, addIssue }) => {
      const message = dataset.typed ? problemOf(dataset.value) : undefined;
      if (message !== undefined) addIssue({ message });
    }),
  );
}

/** One at least. */
function listOf(item: v.GenericSchema<string>) {
  return v.pipe(v.array(item, 'must be a list of texts'), v.minLength(1, 'must not be empty'));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const template = text((value) => {
  if (value === '') return 'must not be empty';
  if (value.length > maxTemplateLength) return `must be at most ${maxTemplateLength} characters`;
  if (!/^[\x20-\x7e]*$/.test(value)) return 'must be printable ASCII';
  const parsed = parseTemplate(value);
  return typeof parsed === 'string' ? parsed : undefined;
});

const grant = {
  username: template,
  groups: v.optional(v.array(template, 'must be a list of texts'), []),
  reserved: v.optional(v.picklist(['node', 'masters', 'custom'], 'must be node, masters or custom')),
  acknowledgeSessionNode: v.optional(v.boolean('must be true or false')),
};

const noRole = 'must be the ARN of an IAM role, arn:aws:iam::111122223333:role/Name';
const roleArn = text((value) => {
  const arn = parseArn(value);
  if (arn?.type === 'role') return undefined;
  return arn?.type === 'assumed-role'
    ? `must be the ARN of an IAM role, not of a session: ${canonicalArn(arn)}`
    : noRole;
}, noRole);

const noUser =
  'must be the ARN of an IAM user, a federated user or a root user, such as arn:aws:iam::111122223333:user/Name';
const userArn = text((value) => {
  const types = ['user', 'root', 'federated-user'];
  return types.includes(parseArn(value)?.type ?? '') ? undefined : noUser;
}, noUser);

/** A path may hold `*` or `?`, but whoever writes one means a pattern, and this would be none. */
function parseArn(value: string): CallerArn | undefined {
  const arn = hasWildcard(value) ? undefined : parseCallerArn(value);
  return isPartition(arn?.partition) ? arn : undefined;
}

const account = v.custom<string>(isAccount, accountMessage);
const sessionGlob = text(sessionGlobProblem);
const orgId = text(orgIdProblem);
const ouPathGlob = text(ouPathGlobProblem);
const tagGlobs = listOf(text(tagGlobProblem));
/** How many tags one rule may ask for; AWS gives a principal 50. */
const maxTags = 20;
/** By a check of its own: `v.record` leaves out a key such as `constructor`, and with it the condition. */
const principalTags = v.pipe(
  v.custom<Readonly<Record<string, readonly string[]>>>(isObject, 'must be an object, by the keys of tags'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const input = dataset.value;
    const entries = Object.entries(input);
    if (entries.length < 1 || entries.length > maxTags)
      addIssue({ message: `must have 1 to ${maxTags} tags` });
    for (const [key, value] of entries) {
      const path = { type: 'object', origin: 'value', input, key, value } as const;
      if (!isTagKey(key)) addIssue({ message: 'must be by the key of a tag', path: [path] });
      for (const issue of v.safeParse(tagGlobs, value).issues ?? []) {
        addIssue({ message: issue.message, path: [path, ...(issue.path ?? [])] });
      }
    }
  }),
  v.transform((tags) => Object.fromEntries(Object.entries(tags).map(([key, globs]) => [key, [...globs]]))),
);
const conditions = v.pipe(
  v.strictObject({
    sessionName: v.optional(listOf(sessionGlob)),
    orgId: v.optional(listOf(orgId)),
    ouPath: v.optional(listOf(ouPathGlob)),
    principalTags: v.optional(principalTags),
  }),
  v.check((all) => Object.values(all).some((one) => one !== undefined), 'must not be empty'),
);
const conditional = {
  conditions: v.optional(conditions),
  proof: v.optional(v.picklist(proofs, `must be ${proofs.join(' or ')}`)),
};
const roleId = v.string('must be text');
const userId = v.string('must be text');
const arnPattern = v.string('must be text');
const permissionSet = v.custom<string>(
  isPermissionSetName,
  'must be the name of a permission set, at most 32 characters, without AWSReservedSSO_ and its suffix',
);
const sso = v.strictObject({
  permissionSet,
  accounts: v.pipe(v.array(account, 'must be a list of accounts'), v.minLength(1, 'must not be empty')),
  partition: v.optional(v.picklist(PARTITION_IDS, `must be one of ${PARTITION_IDS.join(', ')}`)),
});

/** What says whom a rule names, by its first field. */
const named = {
  role: { role: roleArn, principalId: v.optional(roleId) },
  user: { user: userArn, principalId: v.optional(userId) },
  sso: { sso },
  pattern: { pattern: arnPattern },
  account: { account },
};
type Kind = keyof typeof named;
const kinds = Object.keys(named) as Kind[];

const acknowledgeBroad = v.optional(v.boolean('must be true or false'));
const grants = {
  role: v.strictObject({ ...named.role, ...grant, ...conditional }),
  user: v.strictObject({ ...named.user, ...grant, ...conditional }),
  sso: v.strictObject({ ...named.sso, ...grant, ...conditional }),
  pattern: v.strictObject({ ...named.pattern, acknowledgeBroad, ...grant, ...conditional }),
  account: v.strictObject({
    ...named.account,
    includeRoot: v.optional(v.boolean('must be true or false')),
    ...conditional,
  }),
};

const deny = { deny: v.literal(true, 'may only be true'), ...conditional };
const denials = {
  role: v.strictObject({ ...named.role, ...deny }),
  user: v.strictObject({ ...named.user, ...deny }),
  sso: v.strictObject({ ...named.sso, ...deny }),
  pattern: v.strictObject({ ...named.pattern, ...deny }),
  account: v.strictObject({ ...named.account, ...deny }),
};

const audience = v.custom<string>(isAudience, 'must be printable text');
/** A time with its zone, as RFC 3339 has it. */
export const time: v.GenericSchema<string> = v.custom<string>(
  isTime,
  'must be a time such as 2026-11-24T05:00:00Z',
);
const tokenSecondsMessage = `must be a whole number of seconds, 60 to ${longestJwtSeconds}`;
const document = v.strictObject({
  rules: v.array(v.unknown(), 'must be a list of rules'),
  apiAudiences: v.optional(
    v.pipe(
      v.array(audience, 'must be a list of texts'),
      v.minLength(1, 'must not be empty: nothing would be served'),
    ),
  ),
  notBefore: v.optional(time),
  tokenSeconds: v.optional(
    v.pipe(
      v.number(tokenSecondsMessage),
      v.integer(tokenSecondsMessage),
      v.minValue(60, tokenSecondsMessage),
      v.maxValue(longestJwtSeconds, tokenSecondsMessage),
    ),
  ),
});

/**
 * The form of a policy, for documents. What is written is read by `parsePolicy`, which knows more and says it better. A function,
 * so that a bundle without documents is without it.
 */
export function policyForm(): v.GenericSchema {
  return v.strictObject({
    ...document.entries,
    rules: v.array(v.union([...Object.values(grants), ...Object.values(denials)])),
  });
}

type PolicyTerm =
  | 'Account'
  | 'RoleArn'
  | 'UserArn'
  | 'ArnPattern'
  | 'RoleId'
  | 'UserId'
  | 'PermissionSet'
  | 'Sso'
  | 'Template'
  | 'SessionGlob'
  | 'OrgId'
  | 'OuPathGlob'
  | 'PrincipalTags'
  | 'Conditions'
  | 'Audience'
  | 'Time';

/** What the form is made of, by the names that documents use. */
export const policyTerms: Readonly<Record<PolicyTerm, v.GenericSchema>> = {
  Account: account,
  RoleArn: roleArn,
  UserArn: userArn,
  ArnPattern: arnPattern,
  RoleId: roleId,
  UserId: userId,
  PermissionSet: permissionSet,
  Sso: sso,
  Template: template,
  SessionGlob: sessionGlob,
  OrgId: orgId,
  OuPathGlob: ouPathGlob,
  PrincipalTags: principalTags,
  Conditions: conditions,
  Audience: audience,
  Time: time,
};

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
    if (Array.isArray(read)) for (const issue of read) issues.push(issue);
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

/** A rule is told by the one field that says whom it names, and by whether it denies. */
function parseRule(input: unknown, path: string): Rule | PolicyIssue[] {
  const fields = typeof input === 'object' && input !== null ? input : {};
  const [kind, ...others] = kinds.filter((name) => Object.hasOwn(fields, name));
  if (kind === undefined || others.length > 0) {
    return [{ path, message: `must have exactly one of ${kinds.join(', ')}` }];
  }
  const schema = Object.hasOwn(fields, 'deny') ? denials[kind] : grants[kind];
  const parsed = v.safeParse(schema, input);
  if (!parsed.success) return parsed.issues.map((issue) => readIssue(issue, path, schema));
  const problem = problemOf(parsed.output);
  return problem ? [{ path: `${path}.${problem.path}`, message: problem.message }] : parsed.output;
}

/** What no single field shows. */
function problemOf(rule: Rule): PolicyIssue | undefined {
  return pinProblem(rule) ?? patternProblem(rule) ?? ('username' in rule ? reservedProblem(rule) : undefined);
}

/** Only roles and users have an ID that AWS never gives twice. */
function pinProblem(rule: Rule): PolicyIssue | undefined {
  if (!('principalId' in rule) || rule.principalId === undefined) return undefined;
  const type = 'role' in rule ? 'role' : parseCallerArn(rule.user)?.type;
  if (type !== 'role' && type !== 'user') {
    return { path: 'principalId', message: 'means nothing here: only roles and users have one' };
  }
  if (isPrincipalId(rule.principalId, type)) return undefined;
  const message = `must be the unique ID of the ${type}, ${type === 'role' ? 'AROA…' : 'AIDA…'}`;
  return { path: 'principalId', message };
}

function patternProblem(rule: Rule): PolicyIssue | undefined {
  if (!('pattern' in rule)) return undefined;
  const pattern = parsePattern(rule.pattern);
  if (typeof pattern === 'string') return { path: 'pattern', message: patternProblems[pattern] };
  if (!isPartition(pattern.partition)) return { path: 'pattern', message: patternProblems.form };
  if ('deny' in rule || rule.acknowledgeBroad || !isBare(pattern.glob)) return undefined;
  const message = 'is like everybody of its kind in the account; set acknowledgeBroad: true if that is meant';
  return { path: 'pattern', message };
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
