/**
 * Identity → username and groups.
 *
 * @module
 */
import { type MappingRefusalCode, type Refused, refuse } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { isReserved, mastersGroup } from './reserved.ts';
import { describeRule } from './rule.ts';
import type { RuleIndex } from './rule-index.ts';
import { type Considered, type Found, searchRules } from './search.ts';
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

/**
 * Maps an identity by the rules of the moment.
 *
 * @param indexes of several the later hold the later rules
 * @param note is told of every rule that was considered
 */
export function mapIdentity(
  identity: Identity,
  indexes: readonly RuleIndex[],
  note?: (considered: Considered) => void,
): Mapping {
  const found = searchRules(identity, indexes, note);
  switch (found.outcome) {
    case 'grant':
      return applyRule(found, identity);
    case 'account': {
      const rule = describeRule(found.rule);
      return { ok: true, username: identity.canonicalArn, groups: [], rule };
    }
    case 'denied':
      return { ...refuse('denied_by_rule'), rule: describeRule(found.rule) };
    case 'recreated':
      return { ...refuse('principal_recreated'), rule: describeRule(found.rule) };
    case 'unmet':
      return { ...refuse('condition_unmet'), rule: describeRule(found.rule) };
    case 'none':
      return refuse('not_mapped');
  }
}

function applyRule(found: Found & { outcome: 'grant' }, identity: Identity): Mapping {
  const rule = describeRule(found.rule);
  const { username, groups } = found.templates;
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
