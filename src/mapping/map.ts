/**
 * Identity → username and groups.
 *
 * @module
 */
import type { PrivateDnsName, PrivateDnsNames } from '../ec2/private-dns-name.ts';
import { type Ec2OutageCode, ec2Outages } from '../errors/ec2.ts';
import type { MappingRefusalCode } from '../errors/mapping.ts';
import { type Refused, refuse } from '../errors/refusal.ts';
import type { Identity } from '../identity/identity.ts';
import type { TaskContext } from '../lib/flights.ts';
import { isReserved, mastersGroup } from './reserved.ts';
import { describeRule } from './rule.ts';
import type { RuleIndex } from './rule-index.ts';
import { type Considered, type Found, searchRules } from './search.ts';
import { type LookedUp, renderTemplate, type Template, usesVariable } from './template.ts';

/** What the rules made of an identity. */
export type Mapping =
  | {
      readonly ok: true;
      readonly username: string;
      readonly groups: readonly string[];
      /** Those of the groups that the rule names literally: no caller chose them by the name of a session. */
      readonly literalGroups: readonly string[];
      readonly rule: string;
    }
  | (Refused<MappingRefusalCode> & { readonly rule?: string });

/** No verdict: the rule needs a look-up, and that gave nothing to go by. */
export type NoMapping = Refused<Ec2OutageCode> & { readonly rule: string };

/** A name that a rule gives, found. */
type Granted = Found & { readonly outcome: 'grant' };

export interface MapOptions {
  /** Of several the later hold the later rules. */
  readonly rules: readonly RuleIndex[];
  /** Absent where this deployment cannot look them up: a rule that needs one refuses. */
  readonly privateDnsNames?: PrivateDnsNames | undefined;
  readonly context?: TaskContext | undefined;
  /** Is told of every rule that was considered. */
  readonly note?: ((considered: Considered) => void) | undefined;
}

/** What rules gave an identity without any look-up. */
interface Known {
  /** Serial numbers of their indexes: the rules themselves are for the cache of the policy to hold, or to let go of. */
  readonly rules: readonly number[];
  readonly mapping: Mapping;
}

/**
 * The last mapping of each identity that a verifier holds. Neither such an identity nor an index of rules ever changes, and as long
 * as both are the same so is what comes of them: a tenth of what a review of a known token costs.
 */
const known = new WeakMap<Identity, Known>();

/** Maps an identity by the rules of the moment, and looks up what the one rule that counts needs, and no other. */
export async function mapWithLookUps(identity: Identity, options: MapOptions): Promise<Mapping | NoMapping> {
  const { rules, note } = options;
  const last = note === undefined ? known.get(identity) : undefined;
  if (last !== undefined && areSame(last.rules, rules)) return last.mapping;
  const found = searchRules(identity, rules, note);
  if (needsPrivateDnsName(found)) return mapWithName(found, identity, options);
  const mapping = mapFound(found, identity);
  if (Object.isFrozen(identity)) known.set(identity, { rules: rules.map(({ serial }) => serial), mapping });
  return mapping;
}

function areSame(serials: readonly number[], rules: readonly RuleIndex[]): boolean {
  return serials.length === rules.length && rules.every(({ serial }, at) => serial === serials[at]);
}

async function mapWithName(
  found: Granted,
  identity: Identity,
  { privateDnsNames, context }: MapOptions,
): Promise<Mapping | NoMapping> {
  const { account, sessionName: instanceId } = identity;
  if (privateDnsNames === undefined) return mapFound(found, identity);
  const rule = describeRule(found.rule);
  if (instanceId === undefined) return { ...refuse('template_empty', '{{EC2PrivateDNSName}}'), rule };
  const looked: PrivateDnsName = await privateDnsNames.find({ instanceId, account }, context);
  return looked.ok ? mapFound(found, identity, { privateDnsName: looked.name }) : { ...looked, rule };
}

function needsPrivateDnsName(found: Found): found is Granted {
  if (found.outcome !== 'grant') return false;
  const { username, groups } = found.templates;
  return [username, ...groups].some((name) => usesVariable(name, 'EC2PrivateDNSName'));
}

/** Whether there is no verdict. */
export function isNoMapping(mapping: Mapping | NoMapping): mapping is NoMapping {
  return !mapping.ok && Object.hasOwn(ec2Outages, mapping.code);
}

/** Maps an identity by the rules of the moment, without any look-up. */
export function mapIdentity(
  identity: Identity,
  rules: readonly RuleIndex[],
  lookedUp: LookedUp = {},
): Mapping {
  return mapFound(searchRules(identity, rules), identity, lookedUp);
}

/** What comes of a search. */
export function mapFound(found: Found, identity: Identity, lookedUp: LookedUp = {}): Mapping {
  switch (found.outcome) {
    case 'grant':
      return applyRule(found, identity, lookedUp);
    case 'account': {
      const rule = describeRule(found.rule);
      return { ok: true, username: identity.canonicalArn, groups: [], literalGroups: [], rule };
    }
    case 'denied':
      return { ...refuse('denied_by_rule'), rule: describeRule(found.rule) };
    case 'recreated':
      return { ...refuse('principal_recreated'), rule: describeRule(found.rule) };
    case 'unidentified':
      return { ...refuse('principal_id_unknown'), rule: describeRule(found.rule) };
    case 'unmet':
      return { ...refuse('condition_unmet'), rule: describeRule(found.rule) };
    case 'none':
      return refuse('not_mapped');
  }
}

function applyRule(found: Granted, identity: Identity, lookedUp: LookedUp): Mapping {
  const rule = describeRule(found.rule);
  const { username, groups } = found.templates;
  const name = renderName(username, identity, lookedUp);
  if (!name.ok) return { ...name, rule };
  const rendered: string[] = [];
  for (const group of groups) {
    const groupName = renderName(group, identity, lookedUp);
    if (!groupName.ok) return { ...groupName, rule };
    rendered.push(groupName.text);
  }
  const literalGroups = rendered.filter((group) => found.rule.groups.includes(group));
  return { ok: true, username: name.text, groups: rendered, literalGroups, rule };
}

function renderName(
  template: Template,
  identity: Identity,
  lookedUp: LookedUp,
): { ok: true; text: string } | Refused<MappingRefusalCode> {
  const rendered = renderTemplate(template, identity, lookedUp);
  if (!rendered.ok) return refuse(rendered.code, `{{${rendered.variable}}}`);
  if (!isName(rendered.text)) return refuse('name_malformed');
  // A head with a reserved prefix was allowed when the policy was written; a prefix that only values complete never is.
  if (isReserved(rendered.text) && !isReserved(template.head)) return refuse('name_reserved');
  // The one group that RBAC cannot bound (it bypasses authorization) is given by literal text alone.
  if (rendered.text === mastersGroup && template.head !== mastersGroup) return refuse('name_reserved');
  return rendered;
}

function isName(text: string): boolean {
  return text !== '' && text.length <= 1024 && !/[^\x20-\x7e]/.test(text);
}
