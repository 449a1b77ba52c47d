/**
 * Random policies and random changes of them: whoever comes out with anything else than before, the comparison tells more
 * than a loss.
 */
import { expect, test } from 'vitest';
import type { Identity } from '../../src/identity/identity.ts';
import { diffPolicies } from '../../src/mapping/diff.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import type { Policy } from '../../src/mapping/rule.ts';
import { RuleIndex } from '../../src/mapping/rule-index.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { account, federated, roleArn, root, session, user } from '../support/identities.ts';
import { Random } from '../support/random.ts';

const other = '444455556666';
const pins = ['AROAAAAAAAAAAAAAAAAAA', 'AROABBBBBBBBBBBBBBBBB'];
const setRole = (set: string): string => `AWSReservedSSO_${set}_0123456789abcdef`;

const roles = ['Admin', 'admin', 'x/Admin', 'Dev', 'dev-ci'];
const users = [user('Bob'), user('Bob', '/a/'), user('bob'), federated('Bob'), federated('bob'), root];
const patterns = [
  ...['dev-*', '*-ci', 'A*', 'a*'].map(roleArn),
  ...['a/*', 'B*'].map((glob) => `arn:aws:iam::${account}:user/${glob}`),
  `arn:aws:sts::${account}:federated-user/b*`,
];

const people: readonly Identity[] = [
  ...['Admin', 'admin', 'Dev', 'dev-ci', 'dev-x', setRole('Dev'), setRole('Ops')].flatMap((role) => [
    session('alice', role),
    session('bob', role),
    ...pins.map((principalId) => ({ ...session('alice', role), principalId })),
  ]),
  session('alice', setRole('Dev'), 'aws-cn'),
  ...users,
  user('bob', '/a/'),
  user('Eve', '/', other),
];

class Writer {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  #sometimes(oneIn: number, fields: object): object {
    return this.#random.below(oneIn) === 0 ? fields : {};
  }

  #names(): object {
    switch (this.#random.below(5)) {
      case 0:
        return { role: roleArn(this.#random.pick(roles)) };
      case 1:
        return { user: this.#random.pick(users).arn };
      case 2: {
        const accounts = this.#random.pick([[account], [account, other], [other]]);
        const permissionSet = this.#random.pick(['Dev', 'dev', 'Ops']);
        return {
          sso: {
            permissionSet,
            accounts,
            ...this.#sometimes(3, { partition: this.#random.pick(['aws', 'aws-cn']) }),
          },
        };
      }
      case 3:
        return { pattern: this.#random.pick(patterns) };
      default:
        return { account: this.#random.pick([account, other]) };
    }
  }

  #rule(): object {
    const names = this.#names();
    const conditions = this.#sometimes(4, {
      conditions: { sessionName: [this.#random.pick(['al*', 'bo*', '*'])] },
    });
    const pin = 'role' in names ? this.#sometimes(3, { principalId: this.#random.pick(pins) }) : {};
    if (this.#random.below(5) === 0) return { ...names, deny: true, ...pin, ...conditions };
    if ('account' in names) return { ...names, ...this.#sometimes(3, { includeRoot: true }), ...conditions };
    const groups = this.#random.pick([[], ['a'], ['a', 'b'], ['masters']]);
    return { ...names, username: this.#random.pick(['u', 'v']), groups, ...pin, ...conditions };
  }

  rules(): object[] {
    return Array.from({ length: 1 + this.#random.below(5) }, () => this.#rule());
  }

  /** One rule is taken out, put in, moved or replaced. */
  changed(rules: readonly object[]): object[] {
    const at = this.#random.below(rules.length);
    const rule = this.#random.pick(rules);
    switch (this.#random.below(4)) {
      case 0:
        return rules.toSpliced(at, 1);
      case 1:
        return rules.toSpliced(at, 0, this.#rule());
      case 2:
        return [...rules.filter((one) => one !== rule), rule];
      default:
        return rules.with(at, this.#rule());
    }
  }
}

function outcomes({ rules }: Policy): string[] {
  const indexes = [new RuleIndex(rules)];
  return people.map((who) => {
    const mapping = mapIdentity(who, indexes);
    return mapping.ok ? JSON.stringify([mapping.username, mapping.groups]) : '';
  });
}

test('whoever gets something new is told of', () => {
  const writer = new Writer(20261124);
  const unseen: object[] = [];
  let gained = 0;
  for (let turn = 0; turn < 4000; turn++) {
    const rules = writer.rules();
    const [before, after] = [parsePolicy({ rules }), parsePolicy({ rules: writer.changed(rules) })];
    const was = outcomes(before);
    const who = outcomes(after).findIndex((is, index) => is !== '' && is !== was[index]);
    if (who < 0) continue;
    gained++;
    const changes = diffPolicies(before, after);
    if (changes.every(({ kind }) => kind === 'loses'))
      unseen.push({ who: people[who]?.arn, before, after, changes });
  }
  expect(unseen).toEqual([]);
  expect(gained).toBeGreaterThan(500);
});
