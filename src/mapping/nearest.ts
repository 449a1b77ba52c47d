/**
 * The rule that comes nearest to an identity which no rule maps, and what differs.
 *
 * @module
 */
import { parseCallerArn } from '../identity/arn.ts';
import type { Identity } from '../identity/identity.ts';
import { editDistance } from '../lib/suggest.ts';
import { matchesGlob } from './glob.ts';
import { parsePattern } from './pattern.ts';
import { permissionSetOf } from './permission-set.ts';
import { takesProof } from './proof.ts';
import { describeRule, type OfPermissionSet, type OfRole, type OfUser, type Rule } from './rule.ts';
import { arnOf } from './rule-keys.ts';

/** What keeps a rule from naming an identity. */
interface Miss {
  /** In words, one for each thing that differs. */
  readonly differs: readonly string[];
  /** The more, the farther. */
  readonly distance: number;
}

/** A rule farther than this has nothing to do with the identity. */
const maxDistance = 10;

/** The nearest of the rules that grant; of equally near ones the later. */
export function nearestMiss(
  identity: Identity,
  rules: Iterable<Rule>,
): { readonly rule: string; readonly differs: string } | undefined {
  let nearest: { readonly rule: Rule; readonly miss: Miss } | undefined;
  for (const rule of rules) {
    if ('deny' in rule) continue;
    const miss = missOf(rule, identity);
    if (miss.distance <= (nearest?.miss.distance ?? maxDistance)) nearest = { rule, miss };
  }
  if (nearest === undefined) return undefined;
  const { rule, miss } = nearest;
  const otherProof = takesProof(rule, identity.proof) ? [] : [`it does not take the proof ${identity.proof}`];
  const differs = [...miss.differs, ...otherProof].join('; ') || 'its condition does not hold';
  return { rule: describeRule(rule), differs };
}

function missOf(rule: Rule, identity: Identity): Miss {
  if ('sso' in rule) return missOfPermissionSet(rule, identity);
  if ('pattern' in rule) return missOfPattern(rule.pattern, identity);
  if (!('account' in rule)) return missOfExact(rule, identity);
  const isRoot = identity.type === 'root' && identity.account === rule.account;
  const root = isRoot ? [{ differs: 'the root user needs includeRoot: true', distance: 1 }] : [];
  return sum([...differing('account', rule.account, identity.account), ...root]);
}

function missOfExact(rule: OfRole | OfUser, identity: Identity): Miss {
  const written = arnOf(rule);
  const arn = parseCallerArn(identity.canonicalArn);
  const type = written.type === 'assumed-role' ? 'role' : written.type;
  return sum([
    ...differing('kind', type, arn?.type ?? ''),
    ...differing('partition', written.partition, identity.partition),
    ...differing('account', written.account, identity.account),
    ...differing('name', nameOf(written), nameOf(arn), written.type !== 'federated-user'),
    ...(written.type === 'user' && arn?.type === 'user' ? differing('path', written.path, arn.path) : []),
  ]);
}

function nameOf(arn: ReturnType<typeof parseCallerArn>): string {
  return arn === undefined || arn.type === 'root' ? 'root' : arn.name;
}

function missOfPermissionSet({ sso }: OfPermissionSet, identity: Identity): Miss {
  const set = permissionSetOf(identity.roleName ?? '', true);
  if (set === undefined) return { differs: [], distance: Number.POSITIVE_INFINITY };
  const isListed = sso.accounts.includes(identity.account);
  const isExactly = permissionSetOf(identity.roleName ?? '') !== undefined;
  return sum([
    ...differing('permission set', sso.permissionSet.toLowerCase(), set),
    ...differing('account', isListed ? identity.account : (sso.accounts[0] ?? ''), identity.account),
    ...differing('partition', sso.partition ?? identity.partition, identity.partition),
    ...(isExactly ? [] : [{ differs: 'the role only looks like one of AWS: its case differs', distance: 1 }]),
  ]);
}

function missOfPattern(text: string, { canonicalArn, account }: Identity): Miss {
  const pattern = parsePattern(text);
  if (typeof pattern === 'string') return { differs: [], distance: Number.POSITIVE_INFINITY };
  if (matchesGlob(text.toLowerCase(), canonicalArn.toLowerCase())) {
    return { differs: ['upper and lower case of the name'], distance: 1 };
  }
  const name = canonicalArn.slice(pattern.prefix.length);
  const isSameKind = canonicalArn.replace(account, pattern.account).startsWith(pattern.prefix);
  const isLike = isSameKind && matchesGlob(pattern.glob, name);
  return sum([
    ...differing('account', pattern.account, account),
    ...(isLike ? [] : [{ differs: `the name is not like ${pattern.glob}`, distance: isSameKind ? 6 : 20 }]),
  ]);
}

interface Difference {
  readonly differs: string;
  readonly distance: number;
}

/** Another name is farther the less it looks like this one; another account or kind is one thing, however it reads. */
function differing(what: string, rule: string, identity: string, ignoreCase = true): Difference[] {
  if (ignoreCase ? rule.toLowerCase() === identity.toLowerCase() : rule === identity) return [];
  const isName = what === 'name' || what === 'permission set';
  const distance = isName ? 2 * nameDistance(rule, identity) : what === 'account' ? 3 : 2;
  return [{ differs: `${what} is ${identity}, the rule says ${rule}`, distance }];
}

/** Not worked out where it is too far in any case: there may be very many rules. */
function nameDistance(a: string, b: string): number {
  return Math.abs(a.length - b.length) * 2 > maxDistance ? maxDistance : editDistance(a, b);
}

function sum(differences: readonly Difference[]): Miss {
  return {
    differs: differences.map(({ differs }) => differs),
    distance: differences.reduce((total, { distance }) => total + distance, 0),
  };
}
