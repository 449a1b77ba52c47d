/**
 * What holds for every policy and every caller: nobody talks their way into a reserved name or around a deny rule, and a policy
 * decides the same however it is stored.
 */
import fc from 'fast-check';
import { PolicyError } from '../../../src/errors/classes.ts';
import { mappingRefusals } from '../../../src/errors/mapping.ts';
import type { Identity } from '../../../src/identity/identity.ts';
import { mapIdentity } from '../../../src/mapping/map.ts';
import type { Policy, Rule } from '../../../src/mapping/rule.ts';
import { RuleIndex } from '../../../src/mapping/rule-index.ts';
import { parsePolicy } from '../../../src/mapping/schema.ts';
import { publishPolicy } from '../../../src/policy/publish.ts';
import { PolicyReader } from '../../../src/policy/reader.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { exactRules, patternRules } from '../../support/policies.ts';
import { conditional, grants, identities, principals, rules } from '../../support/policy-inputs.ts';
import { ensure, ensureSame, type Property, property } from '../../support/property.ts';
import { now } from '../../support/token-builder.ts';

/** By no code of ours. */
const reserved = /^(?:system|eks|aws|amazon|iam):/i;

function policyOf(list: readonly object[]): Policy | undefined {
  try {
    return parsePolicy({ rules: list });
  } catch (error) {
    if (error instanceof PolicyError) return undefined;
    throw error;
  }
}

function headOf(template: string): string {
  return template.split('{{', 1)[0] as string;
}

/** The attack: a session, role or tag name that completes what a rule begins. */
function ensureWritten(name: string, template: string, { reserved: use }: { reserved?: unknown }): void {
  ensure(name !== '' && !/[^\x20-\x7e]/.test(name), 'a name that is no printable text');
  if (!reserved.test(name)) return;
  ensure(reserved.test(headOf(template)), `${template} gave the reserved name ${name}`);
  ensure(use !== undefined, `${template} gave a reserved name, and the rule does not say so`);
  if (name === 'system:masters') ensureSame(template, name, 'a caller completed system:masters');
}

/** A rule for this very identity, that gives these names. */
function namingRule({ type, canonicalArn }: Identity, grant: object): object {
  return { [type === 'assumed-role' ? 'role' : 'user']: canonicalArn, ...grant };
}

/** Whether a deny rule means somebody, read as simply as can be. What cannot be told denies. */
function denies(rule: Rule, who: Identity): boolean {
  if (!('deny' in rule) || (rule.proof !== undefined && rule.proof !== who.proof)) return false;
  const { sessionName, principalTags } = rule.conditions ?? {};
  if (
    sessionName &&
    who.sessionName !== undefined &&
    !sessionName.some((glob) => isLike(glob, who.sessionName))
  )
    return false;
  const values = Object.entries(who.principalTags ?? {}).flatMap(([key, value]) =>
    key.toLowerCase() === 'team' ? [value] : [],
  );
  if (
    principalTags &&
    values.length > 0 &&
    !values.some((value) => principalTags.team?.some((glob) => isLike(glob, value)))
  )
    return false;
  const canonical = who.canonicalArn.toLowerCase();
  const nameOf = (arn: string): string => arn.replace(/\/.*\//, '/').toLowerCase();
  if ('principalId' in rule && who.principalId !== undefined && rule.principalId !== who.principalId)
    return false;
  if ('role' in rule) return nameOf(rule.role) === canonical;
  if ('user' in rule) return nameOf(rule.user) === nameOf(canonical);
  if ('pattern' in rule) return isLike(rule.pattern, canonical);
  if ('account' in rule) return rule.account === who.account;
  const set = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/i.exec(who.roleName ?? '')?.[1];
  return (
    set?.toLowerCase() === rule.sso.permissionSet.toLowerCase() && rule.sso.accounts.includes(who.account)
  );
}

function isLike(glob: string, text = ''): boolean {
  const pattern = glob.replace(/[^*?]/g, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
  const any = pattern.replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${any}$`, 'isu').test(text);
}

/** Rules in another order, in one index or in two. */
function spread(list: readonly Rule[], order: readonly number[], cut: number): RuleIndex[] {
  const places = list.map((rule, at) => [order[at % order.length] as number, rule] as const);
  const shuffled = places.sort(([a], [b]) => a - b).map(([, rule]) => rule);
  const at = cut % (shuffled.length + 1);
  return [new RuleIndex(shuffled.slice(0, at)), new RuleIndex(shuffled.slice(at))];
}

/** Enough that a policy has to be cut into parts; they name others. */
const others: readonly Rule[] = [...exactRules(300), ...patternRules(60, '999988887777')];

async function storedRules(policy: Policy, who: Identity): Promise<readonly RuleIndex[]> {
  const store = new MemoryStore();
  const clock = () => now;
  await publishPolicy(store, 'c', policy, { author: 'property', clock });
  const current = await new PolicyReader({ store, cluster: 'c', clock }).current(undefined);
  const found = current.ok ? await current.rulesFor(who) : current;
  ensure(found.ok, 'what was published cannot be read');
  return found.rules;
}

const lookedUp = { privateDnsName: 'ip-10-0-0-1.eu-west-1.compute.internal' };

export const mapping: readonly Property[] = [
  property({
    name: 'mapping: no name of a caller makes a reserved name',
    input: fc.tuple(identities, grants),
    check: ([who, grant]) => {
      const policy = policyOf([namingRule(who, grant)]);
      const [rule] = policy?.rules ?? [];
      if (policy === undefined || rule === undefined || !('username' in rule)) return false;
      const mapped = mapIdentity(who, [new RuleIndex(policy.rules)], lookedUp);
      if (!mapped.ok) {
        ensure(Object.hasOwn(mappingRefusals, mapped.code), `an unknown code ${mapped.code}`);
        return false;
      }
      ensureWritten(mapped.username, rule.username, rule);
      ensureSame(mapped.groups.length, rule.groups.length, 'groups');
      for (const [at, group] of mapped.groups.entries())
        ensureWritten(group, rule.groups[at] as string, rule);
      ensure(
        mapped.literalGroups.every((group) => rule.groups.includes(group)),
        'a group that no rule names literally',
      );
      return true;
    },
  }),
  property({
    name: 'mapping: a deny rule wins wherever it stands, and no other rule denies',
    input: fc.record({
      who: identities,
      list: fc.array(rules, { minLength: 1, maxLength: 8 }),
      own: fc.option(conditional, { nil: undefined, freq: 3 }),
      order: fc.array(fc.nat(100), { minLength: 8, maxLength: 8 }),
      cut: fc.nat(8),
    }),
    check: ({ who, list, own, order, cut }) => {
      const policy = policyOf(own === undefined ? list : [namingRule(who, { ...own, deny: true }), ...list]);
      if (policy === undefined) return false;
      const isDenied = policy.rules.some((rule) => denies(rule, who));
      for (const indexes of [[new RuleIndex(policy.rules)], spread(policy.rules, order, cut)]) {
        const mapped = mapIdentity(who, indexes);
        const code = mapped.ok ? 'mapped' : mapped.code;
        ensureSame(code === 'denied_by_rule', isDenied, `${code}, and whether a deny rule names them`);
      }
      return isDenied;
    },
  }),
  property({
    name: 'mapping: a policy decides alike inline, in parts, and read again',
    cost: 200,
    leastAccepted: 0.4,
    input: fc.record({
      who: identities,
      list: fc.array(rules, { maxLength: 8 }),
      named: principals,
      isLarge: fc.boolean(),
    }),
    check: async ({ who, list, named, isLarge }) => {
      const grant = 'account' in named ? {} : { username: 'x', groups: ['y'], acknowledgeBroad: undefined };
      const policy = policyOf([...list, { ...named, ...grant }]) ?? policyOf(list);
      if (policy === undefined) return false;
      const whole = isLarge ? { ...policy, rules: [...others, ...policy.rules] } : policy;
      const read = parsePolicy(JSON.parse(JSON.stringify(whole)));
      const expected = mapIdentity(who, [new RuleIndex(whole.rules)]);
      ensureSame(mapIdentity(who, [new RuleIndex(read.rules)]), expected, 'of the policy read again');
      const stored = mapIdentity(who, await storedRules(whole, who));
      // A rule of several accounts is told as one of the account in question.
      const said = ({ rule: _, ...outcome }: typeof stored): object => outcome;
      ensureSame(said(stored), said(expected), 'of the stored policy');
      return isLarge;
    },
  }),
];
