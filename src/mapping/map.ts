/**
 * Identity → username and groups.
 *
 * @module
 */
import { type MappingRefusalCode, type Refused, refuse } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { isReserved, mastersGroup } from './reserved.ts';
import { describeRule, type Rule } from './rule.ts';
import type { GrantRule, RuleIndex } from './rule-index.ts';
import { renderTemplate, type Template } from './template.ts';

/** What the rules made of an identity. */
export type Mapping =
  | {
      readonly ok: true;
      readonly username: string;
      readonly groups: readonly string[];
      readonly rule: string;
    }
  | (Refused<MappingRefusalCode> & { readonly rule?: string });

/** Maps an identity by the rules of the moment. */
export function mapIdentity(identity: Identity, rules: RuleIndex): Mapping {
  const found = rules.find(identity);
  if (found === undefined) return refuse('not_mapped');
  if ('account' in found)
    return { ok: true, username: identity.canonicalArn, groups: [], rule: describeRule(found) };
  return applyRule(found, identity, found.rule);
}

function applyRule({ username, groups }: GrantRule, identity: Identity, source: Rule): Mapping {
  const rule = describeRule(source);
  const name = renderName(username, identity);
  if (!name.ok) return { ...name, rule };
  const rendered: string[] = [];
  for (const group of groups) {
    const groupName = renderName(group, identity);
    if (!groupName.ok) return { ...groupName, rule };
    rendered.push(groupName.text);
  }
  return { ok: true, username: name.text, groups: rendered, rule };
}

function renderName(
  template: Template,
  identity: Identity,
): { ok: true; text: string } | Refused<MappingRefusalCode> {
  const rendered = renderTemplate(template, identity);
  if (!rendered.ok) return refuse(rendered.code, `{{${rendered.variable}}}`);
  if (!/^[\x20-\x7e]{1,1024}$/.test(rendered.text)) return refuse('name_malformed');
  // A head with a reserved prefix was allowed when the policy was written; a prefix that only values complete never is.
  if (isReserved(rendered.text) && !isReserved(template.head)) return refuse('name_reserved');
  // The one group that RBAC cannot bound (it bypasses authorization) is given by literal text alone.
  if (rendered.text === mastersGroup && template.head !== mastersGroup) return refuse('name_reserved');
  return rendered;
}
