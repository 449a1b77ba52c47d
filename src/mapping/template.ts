/**
 * Templates in usernames and groups: literal text and `{{Variables}}`.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';

export type TemplateVariable =
  | 'AccountID'
  | 'SessionName'
  | 'SessionNameRaw'
  | 'AccessKeyID'
  | 'RoleName'
  | 'PrincipalID'
  | 'Partition'
  | 'EC2PrivateDNSName';

const unavailable = Symbol('unavailable');

/** What an identity does not hold, and was looked up before rendering. */
export interface LookedUp {
  /** Absent where this deployment cannot look it up. */
  readonly privateDnsName?: string | undefined;
}

/**
 * Where each variable takes its value: `undefined` where the identity has no such thing, `unavailable` where this
 * deployment cannot find it out.
 */
const variables: Readonly<
  Record<
    TemplateVariable,
    (identity: Identity, lookedUp: LookedUp) => string | typeof unavailable | undefined
  >
> = {
  AccountID: (identity) => identity.account,
  // Without `@`, as in the reference.
  SessionName: (identity) => identity.sessionName?.replaceAll('@', '-'),
  SessionNameRaw: (identity) => identity.sessionName,
  AccessKeyID: (identity) => identity.accessKeyId,
  RoleName: (identity) => identity.roleName,
  PrincipalID: (identity) => identity.principalId,
  Partition: (identity) => identity.partition,
  EC2PrivateDNSName: (_, { privateDnsName }) => privateDnsName ?? unavailable,
};

/** Every variable that a template may use. */
export const templateVariables: readonly string[] = Object.keys(variables);

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
      return `has an unknown variable {{${variable}}}; known are ${templateVariables.join(', ')}`;
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
  | { ok: false; code: 'template_empty' | 'template_unavailable'; variable: TemplateVariable } {
  let text = template.head;
  for (const { variable, literal } of template.rest) {
    const value = variables[variable](identity, lookedUp);
    if (value === unavailable) return { ok: false, code: 'template_unavailable', variable };
    if (value === undefined || value === '') return { ok: false, code: 'template_empty', variable };
    text += value + literal;
  }
  return { ok: true, text };
}

function isVariable(name: string): name is TemplateVariable {
  return Object.hasOwn(variables, name);
}
