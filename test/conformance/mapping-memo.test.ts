/**
 * What is remembered of mappings is never what other rules, or another identity, would give.
 */
import { describe, expect, test } from 'vitest';
import { type Identity, readIdentity } from '../../src/identity/identity.ts';
import { mapWithLookUps } from '../../src/mapping/map.ts';
import type { Rule } from '../../src/mapping/rule.ts';
import { RuleIndex } from '../../src/mapping/rule-index.ts';
import type { Considered } from '../../src/mapping/search.ts';

const account = '111122223333';
const role = `arn:aws:iam::${account}:role/Admin`;

function identityOf(roleName = 'Admin'): Identity {
  const arn = `arn:aws:sts::${account}:assumed-role/${roleName}/alice`;
  const caller = { account, arn, userId: 'AROAEXAMPLEEXAMPLE12:alice' };
  const identity = readIdentity(caller, { partition: 'aws', accessKeyId: 'ASIAEXAMPLE' });
  if (identity === undefined) throw new Error(arn);
  return identity;
}

const held = () => Object.freeze(identityOf());
const grant = (username: string): RuleIndex => new RuleIndex([{ role, username, groups: [] } as Rule]);

async function usernameOf(identity: Identity, rules: readonly RuleIndex[]): Promise<string> {
  const mapping = await mapWithLookUps(identity, { rules });
  return mapping.ok ? mapping.username : mapping.code;
}

describe('attack: a grant of rules that are over', () => {
  test('the rules were written anew', async () => {
    const identity = held();
    expect(await usernameOf(identity, [grant('old')])).toBe('old');
    expect(await usernameOf(identity, [grant('new')])).toBe('new');
    expect(await usernameOf(identity, [])).toBe('not_mapped');
  });

  test('a part came to those that there were, or went', async () => {
    const identity = held();
    const [first, second] = [grant('first'), grant('second')];
    expect(await usernameOf(identity, [first])).toBe('first');
    expect(await usernameOf(identity, [first, second])).toBe('second');
    expect(await usernameOf(identity, [second, first])).toBe('first');
    expect(await usernameOf(identity, [first])).toBe('first');
    expect(await usernameOf(identity, [second])).toBe('second');
  });

  test('two policies ask about one identity in turns', async () => {
    const identity = held();
    const [prod, staging] = [[grant('prod')], [new RuleIndex([])]];
    for (let turn = 0; turn < 3; turn++) {
      expect(await usernameOf(identity, prod)).toBe('prod');
      expect(await usernameOf(identity, staging)).toBe('not_mapped');
    }
  });
});

test('an identity that may change is looked at every time', async () => {
  const identity = identityOf() as { -readonly [Name in keyof Identity]: Identity[Name] };
  const rules = [grant('admin')];
  expect(await usernameOf(identity, rules)).toBe('admin');
  Object.assign(identity, identityOf('Developer'));
  expect(await usernameOf(identity, rules)).toBe('not_mapped');
});

test('whoever wants to be told of the rules is told, though the outcome is known', async () => {
  const identity = held();
  const rules = [grant('admin')];
  await usernameOf(identity, rules);
  const considered: Considered[] = [];
  await mapWithLookUps(identity, { rules, note: (one) => considered.push(one) });
  expect(considered.length).toBeGreaterThan(0);
});
