/**
 * How long issued JWTs may live: from the policy, stored in either form, to who asks for the rules of an identity.
 */
import { expect, test } from 'vitest';
import { diffPolicies } from '../../src/mapping/diff.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { planPolicy } from '../../src/policy/plan.ts';
import { decodeContent, encodeContent } from '../../src/policy/pointer.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { PolicyReader } from '../../src/policy/reader.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { roleArn, session } from '../support/identities.ts';

const rules = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ role: roleArn(`Role-${index}`), username: `u${index}` }));

test.each([1, 1000])('of a policy of %d rules', async (count) => {
  const store = new MemoryStore();
  await publishPolicy(store, 'c', parsePolicy({ rules: rules(count), tokenSeconds: 3600 }), { author: '' });
  const policy = await new PolicyReader({ store, cluster: 'c' }).current();
  expect(policy.ok && (await policy.rulesFor(session('alice', 'Role-0')))).toMatchObject({
    ok: true,
    tokenSeconds: 3600,
  });
});

test('is part of a manifest', async () => {
  const { content } = await planPolicy(parsePolicy({ rules: rules(1000), tokenSeconds: 60 }));
  expect(decodeContent(JSON.parse(JSON.stringify(encodeContent(content))))).toMatchObject({
    tokenSeconds: 60,
  });
});

test('is told where it changes', () => {
  const [before, after] = [parsePolicy({ rules: [] }), parsePolicy({ rules: [], tokenSeconds: 3600 })];
  expect(diffPolicies(before, after)).toEqual([{ kind: 'changes', who: 'tokenSeconds', after: '3600' }]);
});

test.each([59, 3601, 900.5, '900', null])('is refused: %s', (tokenSeconds) => {
  expect(() => parsePolicy({ rules: [], tokenSeconds })).toThrow('tokenSeconds: must be a whole number');
});
