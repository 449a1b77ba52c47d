/**
 * How a large policy is cut into parts: their sizes, that they follow from the rules alone, and how few of them a change
 * of one rule alters.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { PolicyError } from '../../src/errors/classes.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import type { Policy, Rule } from '../../src/mapping/rule.ts';
import { RuleIndex } from '../../src/mapping/rule-index.ts';
import { decodePart, hashOf, maxPartBytes, partKey, sizeOf } from '../../src/policy/part.ts';
import { hash32, PrefixTable } from '../../src/policy/placement.ts';
import { type PolicyPlan, planPolicy } from '../../src/policy/plan.ts';
import { pointerLimits } from '../../src/policy/pointer.ts';
import { assemble } from '../../src/policy/versions.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { maxValueBytes } from '../../src/store/store.ts';
import { roleArn, session } from '../support/identities.ts';
import { exactRule, exactRules, parted, patternRule, patternRules } from '../support/policies.ts';

const slow = 60_000;

function fresh(before: PolicyPlan, after: PolicyPlan): number {
  return [...after.parts.keys()].filter((hash) => !before.parts.has(hash)).length;
}

async function assembled(policy: Policy): Promise<Policy> {
  const { content, parts } = await planPolicy(policy);
  const store = new MemoryStore();
  for (const [hash, text] of parts) await store.put(partKey('prod', hash), text);
  return assemble(store, 'prod', content);
}

describe('100,000 exact rules and 1,000 patterns', () => {
  const rules = [...exactRules(100_000), ...patternRules(1000)];
  let plan: PolicyPlan;
  beforeAll(async () => {
    plan = await planPolicy({ rules });
  }, slow);

  test('every value fits into Deno KV with room to spare', () => {
    const sizes = [...plan.parts.values()].map(sizeOf);
    expect(sizes.length).toBeGreaterThan(500);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maxPartBytes);
    expect(maxPartBytes).toBeLessThan(maxValueBytes);
    expect(maxValueBytes).toBeLessThan(64 * 1024);
    const keys = [...plan.parts.keys()].map((hash) => partKey('x'.repeat(100), hash));
    expect(Math.max(...keys.map((key) => key.length))).toBeLessThan(256);
  });

  test('all of them are in the parts, each once', () => {
    const count = [...plan.parts.values()].reduce(
      (sum, text) => sum + text.split('"username"').length - 1,
      0,
    );
    expect(count).toBe(101_000);
  });

  test(
    'where one rule is changed, two values are written besides the pointer',
    async () => {
      const after = await planPolicy({ rules: rules.with(4711, exactRule(4711, 'other')) });
      expect(fresh(plan, after)).toBe(2);
    },
    slow,
  );
});

describe('a change of one rule', () => {
  const rules = [...exactRules(3000), ...patternRules(1000)];
  let plan: PolicyPlan;
  beforeAll(async () => {
    plan = await planPolicy({ rules });
  }, slow);

  const other = (number: number): Rule => ({ ...patternRule(number), username: 'other' }) as Rule;

  /** With the pointer that is one value more. */
  test.each<[string, readonly Rule[], number]>([
    ['of one principal', rules.with(1234, exactRule(1234, 'other')), 2],
    ['that goes', rules.toSpliced(2999, 1), 2],
    ['that comes last', [...rules, exactRule(5000)], 2],
    ['that comes first', [exactRule(5001), ...rules], 2],
    ['that is a pattern', rules.with(3500, other(500)), 2],
    ['that is the first pattern', rules.with(3000, other(0)), 2],
    ['that is the last pattern', rules.with(3999, other(999)), 2],
    ['that is a pattern and goes', rules.toSpliced(3020, 1), 2],
    ['that is a pattern and comes in the middle', rules.toSpliced(3100, 0, patternRule(2000)), 2],
    ['of another account', [...rules, patternRule(1, '444455556666')], 3],
  ])('alters its part and one page: one %s', async (_, changed, most) => {
    const count = fresh(plan, await planPolicy({ rules: changed }));
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(most);
  });

  test(
    'alters at most three parts, wherever it is: a page, a bucket, or its two halves',
    async () => {
      let before = await planPolicy({ rules: exactRules(900) });
      const counts: number[] = [];
      for (let number = 900; number < 1000; number++) {
        const after = await planPolicy({ rules: exactRules(number + 1) });
        counts.push(fresh(before, after));
        before = after;
      }
      expect(Math.max(...counts)).toBe(3);
      expect(counts.filter((count) => count === 2).length).toBeGreaterThan(80);
    },
    slow,
  );
});

describe('a plan', () => {
  test('follows from the rules, not from the order of those that name different principals', async () => {
    const { parts } = await planPolicy(parted);
    const exact = parted.rules.filter((rule) => 'role' in rule);
    const patterns = parted.rules.filter((rule) => 'pattern' in rule);
    const mixed = await planPolicy({ rules: [...patterns, ...exact.toReversed()] });
    expect([...mixed.parts.keys()].sort()).toEqual([...parts.keys()].sort());
  });

  test('of what was assembled is the same', async () => {
    const { parts } = await planPolicy(parted);
    const again = await planPolicy(await assembled(parted));
    expect([...again.parts.keys()].sort()).toEqual([...parts.keys()].sort());
  });

  test('keeps what the policy sets', async () => {
    const settings = { apiAudiences: ['x'], notBefore: '2026-11-24T05:00:00Z' };
    const { content } = await planPolicy({ ...parted, ...settings });
    expect(content).toMatchObject({ kind: 'manifest', ...settings });
    expect(await assembled({ ...parted, ...settings })).toMatchObject(settings);
  });

  test('names every part by its hash', async () => {
    const { parts } = await planPolicy(parted);
    for (const [hash, text] of parts) expect(await hashOf(text)).toBe(hash);
  });

  test('of rules for one principal that fill several parts keeps their order: the later wins', async () => {
    const rules = Array.from({ length: 600 }, (_, number): Rule => {
      return { role: roleArn('Admin'), username: `u${number}`, groups: ['x'.repeat(100)] };
    });
    const { rules: kept } = await assembled({ rules });
    expect(kept).toEqual(rules);
    expect(mapIdentity(session('alice'), [new RuleIndex(kept)])).toMatchObject({ username: 'u599' });
  });

  test('puts a permission set into the bucket of each account, once', async () => {
    const accounts = ['111122223333', '444455556666', '111122223333'];
    const sso: Rule = { sso: { permissionSet: 'Ops', accounts }, username: 'ops', groups: [] };
    const { rules } = await assembled({ rules: [...parted.rules, sso] });
    const found = rules.filter((rule) => 'sso' in rule).map((rule) => rule.sso.accounts);
    expect(found.sort()).toEqual([['111122223333'], ['444455556666']]);
  });

  test('of a small policy is one document', async () => {
    const { content, inline, parts } = await planPolicy({ rules: exactRules(10) });
    expect(inline).toEqual({ rules: exactRules(10) });
    expect(content).toEqual({ kind: 'document', hash: [...parts.keys()][0] });
    expect(parts.size).toBe(1);
  });

  test('takes parts where the document is a byte too long for the pointer', async () => {
    const padded = (length: number): Policy => ({
      rules: Array.from({ length: 8 }, (_, number): Rule => {
        const groups = [
          'x'.repeat(1000),
          'x'.repeat(1000),
          'x'.repeat(1000),
          'x'.repeat(1000),
          'x'.repeat(1000),
        ];
        return { role: roleArn('A'), username: 'u', groups: number > 0 ? groups : ['x'.repeat(length)] };
      }),
    });
    const rest = sizeOf(JSON.stringify({ policy: padded(0) }));
    expect((await planPolicy(padded(pointerLimits.inline - rest))).inline).toBeDefined();
    expect((await planPolicy(padded(pointerLimits.inline - rest + 1))).inline).toBeUndefined();
  });

  test.each<[string, Policy, string]>([
    [
      'a rule that no part would hold',
      { rules: [{ role: roleArn('A'), username: 'u', groups: Array(60).fill('x'.repeat(1000)) }] },
      `the rule of role ${roleArn('A')} takes `,
    ],
    [
      'an account whose rules would take too many reads',
      { rules: patternRules(13_000) },
      'an account has more rules than fit into 40 parts',
    ],
    [
      'a principal with as many',
      {
        rules: Array.from({ length: 13_000 }, (_, number) => ({
          ...exactRule(1),
          username: `u${number}`,
        })) as Rule[],
      },
      'a principal has more rules than fit into 40 parts',
    ],
  ])('is refused: %s', async (_, policy, message) => {
    const failure = planPolicy(policy);
    await expect(failure).rejects.toThrow(PolicyError);
    await expect(failure).rejects.toThrow(message);
  });
});

describe('a table of prefixes', () => {
  const table = (...prefixes: string[]) =>
    PrefixTable.of(
      prefixes.map((prefix) => [prefix, prefix] as const),
      '',
    );

  test('has a value for every position', () => {
    const found = table('00', '010', '011', '1');
    const at = (bits: string) => found?.at(Number.parseInt(bits.padEnd(32, '0'), 2))[1];
    expect(['0', '0011', '010', '01011', '011', '01111', '1', '1'.repeat(32)].map(at)).toEqual([
      '00',
      '00',
      '010',
      '010',
      '011',
      '011',
      '1',
      '1',
    ]);
  });

  test.each<[string, string[]]>([
    ['nothing', []],
    ['a gap in front', ['1']],
    ['a gap at the end', ['0']],
    ['a gap inside', ['00', '1']],
    ['an overlap', ['0', '01', '1']],
    ['one twice', ['0', '0', '1']],
    ['another order', ['1', '0']],
  ])('is none with %s: what is absent must not pass for no rule', (_, prefixes) => {
    expect(table(...prefixes)).toBeUndefined();
  });

  test('below a prefix has that alone', () => {
    const of = (within: string) => PrefixTable.of([['01', 1]] as const, within);
    expect(of('01')).toBeDefined();
    expect(of('0')).toBeUndefined();
    expect(of('10')).toBeUndefined();
  });
});

describe('a part', () => {
  const rule = { role: roleArn('Admin'), username: 'admin', groups: [] };
  const bits = hash32('aws:111122223333:role/admin').toString(2).padStart(32, '0');
  const wrong = `${bits.slice(0, 3)}${bits[3] === '0' ? '1' : '0'}`;
  const part = (value: object): string => JSON.stringify(value);
  const hash = 'A'.repeat(43);

  test('holds rules of its bucket', () => {
    expect(decodePart(part({ bucket: `exact:${bits.slice(0, 4)}`, rules: [rule] }))).toMatchObject({
      kind: 'rules',
      space: 'exact',
      rules: [rule],
    });
  });

  test.each<[string, string]>([
    ['that is not JSON', '{'],
    ['that is too large', part({ policy: { rules: [] }, pad: 'x'.repeat(maxPartBytes) })],
    ['that is nothing', '{}'],
    ['that is null', 'null'],
    ['of an unknown space', part({ bucket: 'all:', rules: [] })],
    ['with a prefix that is none', part({ bucket: 'exact:2', rules: [] })],
    ['with a prefix that is too long', part({ bucket: `exact:${'0'.repeat(33)}`, rules: [] })],
    [
      'with a rule that does not validate',
      part({ bucket: 'exact:', rules: [{ ...rule, username: 'system:x' }] }),
    ],
    [
      'with a rule of another bucket, where nobody would find it',
      part({ bucket: `exact:${wrong}`, rules: [rule] }),
    ],
    ['with an exact rule among the others', part({ bucket: 'account:', rules: [rule] })],
    [
      'with a deny rule of an account among the exact ones',
      part({ bucket: 'exact:', rules: [{ account: '111122223333', deny: true }] }),
    ],
    [
      'with a permission set of several accounts',
      part({
        bucket: 'account:',
        rules: [{ sso: { permissionSet: 'A', accounts: ['111122223333', '444455556666'] }, username: 'x' }],
      }),
    ],
    ['that is a page with a gap', part({ page: 'exact:', buckets: [['0', [hash]]] })],
    ['that is a page of what is elsewhere', part({ page: 'exact:0', buckets: [['', [hash]]] })],
    ['that is a page with a name for a hash', part({ page: 'exact:', buckets: [['', ['../x']]] })],
    ['that is a page with too many parts', part({ page: 'exact:', buckets: [['', Array(41).fill(hash)]] })],
    ['whose rules are in __proto__', '{"__proto__":{"policy":{"rules":[]}}}'],
  ])('%s is refused', (_, text) => {
    expect(() => decodePart(text)).toThrow(PolicyError);
  });
});
