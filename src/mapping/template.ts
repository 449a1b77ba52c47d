/**
 * Templates in usernames and groups: literal text and `{{Variables}}`.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { isTagKey } from './condition-form.ts';

type PlainVariable =
  | 'AccountID'
  | 'SessionName'
  | 'SessionNameRaw'
  | 'AccessKeyID'
  | 'RoleName'
  | 'PrincipalID'
  | 'Partition'
  | 'EC2PrivateDNSName'
  | 'SourceIdentity';

/** What stands between the braces. */
export type TemplateVariable = PlainVariable | `${typeof tagPrefix}${string}`;

const tagPrefix = 'PrincipalTag:';

const unavailable = Symbol('unavailable');
const malformed = Symbol('malformed');

/** What an identity does not hold, and was looked up before rendering. */
export interface LookedUp {
  /** Absent where this deployment cannot look it up. */
  readonly privateDnsName?: string | undefined;
}

type Value = string | typeof unavailable | typeof malformed | undefined;

/**
 * Where each variable takes its value: `undefined` where the identity has no such thing, `unavailable` where this
 * deployment cannot find it out, `malformed` where no name may have it.
 */
const variables: Readonly<Record<PlainVariable, (identity: Identity, lookedUp: LookedUp) => Value>> = {
  AccountID: (identity) => identity.account,
  // Without `@`, as in the reference.
  SessionName: (identity) => identity.sessionName?.replaceAll('@', '-'),
  SessionNameRaw: (identity) => identity.sessionName,
  AccessKeyID: (identity) => identity.accessKeyId,
  RoleName: (identity) => identity.roleName,
  PrincipalID: (identity) => identity.principalId,
  Partition: (identity) => identity.partition,
  SourceIdentity: (identity) => sanitised(identity.sourceIdentity),
  EC2PrivateDNSName: (_, { privateDnsName }) => privateDnsName ?? unavailable,
};

/** Every variable that a template may use, but for the tags. */
export const templateVariables: readonly string[] = Object.keys(variables);

/** A text with the alphabet of session names, without `@` as they are; nothing else that somebody chose gets into a name. */
function sanitised(value: string | undefined): Value {
  if (value === undefined || value === '') return undefined;
  return /^[\w+=,.@-]{1,256}$/.test(value) ? value.replaceAll('@', '-') : malformed;
}

function resolve(variable: TemplateVariable, identity: Identity, lookedUp: LookedUp): Value {
  if (!isOfTag(variable)) return variables[variable](identity, lookedUp);
  const key = variable.slice(tagPrefix.length);
  const { principalTags = {} } = identity;
  return Object.hasOwn(principalTags, key) ? sanitised(principalTags[key]) : undefined;
}

/** A template, read once. */
export interface Template {
  /** Text before the first variable: the part that no caller can choose. */
  readonly head: string;
  readonly rest: readonly { readonly variable: TemplateVariable; readonly literal: string }[];
}

/** Reads a template; a string says what is wrong with it. */
export function parseTemplate(text: string): Template | string {
  const [head = '', ...parts] = text.split('{{');
  if (head.includes('}}')) return 'has "}}" without "{{" before it';
  const rest: { variable: TemplateVariable; literal: string }[] = [];
  for (const part of parts) {
    const [variable = '', literal, ...more] = part.split('}}');
    if (literal === undefined) return 'has "{{" without "}}" after it';
    if (more.length > 0) return 'has "}}" without "{{" before it';
    if (!isVariable(variable)) {
      const known = [...templateVariables, `${tagPrefix}KEY`].join(', ');
      return `has an unknown variable {{${variable}}}; known are ${known}`;
    }
    if (isOfTag(variable) && !isTagKey(variable.slice(tagPrefix.length))) {
      return `has {{${variable}}}, which does not name the key of a tag`;
    }
    rest.push({ variable, literal });
  }
  return { head, rest };
}

/** Whether rendering a template needs the value of a variable. */
export function usesVariable(template: Template, variable: TemplateVariable): boolean {
  return template.rest.some((part) => part.variable === variable);
}

/** The text with its values put in once: what a value holds is never read as a template. */
export function renderTemplate(
  template: Template,
  identity: Identity,
  lookedUp: LookedUp = {},
):
  | { ok: true; text: string }
  | { ok: false; code: `template_${'empty' | 'unavailable' | 'malformed'}`; variable: TemplateVariable } {
  let text = template.head;
  for (const { variable, literal } of template.rest) {
    const value = resolve(variable, identity, lookedUp);
    if (value === unavailable) return { ok: false, code: 'template_unavailable', variable };
    if (value === malformed) return { ok: false, code: 'template_malformed', variable };
    if (value === undefined || value === '') return { ok: false, code: 'template_empty', variable };
    text += value + literal;
  }
  return { ok: true, text };
}

function isVariable(name: string): name is TemplateVariable {
  return Object.hasOwn(variables, name) || name.startsWith(tagPrefix);
}

function isOfTag(variable: TemplateVariable): variable is `${typeof tagPrefix}${string}` {
  return variable.startsWith(tagPrefix);
}
