/**
 * The oracle of `npm run reliability`: a soak that could not fail would prove nothing.
 */
import { expect, test } from 'vitest';
import { inventedHosts, type StsHost } from '../../reliability/people.ts';
import type { Outcome } from '../../reliability/review.ts';
import { type Asked, judge, type Right } from '../../reliability/soak/oracle.ts';
import { graceMs, World, type WorldEvent } from '../../reliability/soak/world.ts';

const host = 'sts.eu-west-1.amazonaws.com';
const alice: Right = { let: 'in', username: 'alice' };
const stranger: Right = { let: 'out', code: 'not_mapped' };
const gina: Right = { let: 'by policy', username: 'gina', code: 'not_mapped' };
const grant = (username: string): Outcome => ({ kind: 'granted', username });
const denial = (code: string): Outcome => ({ kind: 'denied', code });
const none: Outcome = { kind: 'none', status: 503, code: 'sts_timeout' };

/** In seconds from the beginning. */
const at = (seconds: number) => seconds * 1000;
const policy = (isIn: boolean, seconds: number): WorldEvent[] =>
  [false, true].map((done) => ({ what: 'policy', gina: isIn, done, at: at(seconds) }));
const sts = (from: number, until: number, where: string | undefined): WorldEvent[] => [
  { what: 'sts', host: where, on: true, at: at(from) },
  { what: 'sts', host: where, on: false, at: at(until) },
];
const store = (from: number, until: number): WorldEvent[] => [
  { what: 'store', on: true, at: at(from) },
  { what: 'store', on: false, at: at(until) },
];
const grace = graceMs / 1000;

const rows: readonly (readonly [
  what: string,
  events: readonly WorldEvent[],
  right: Right,
  seconds: number,
  outcome: Outcome,
  is: string,
])[] = [
  ['who may come in does', [], alice, 100, grant('alice'), 'right'],
  ['under the name of another', [], alice, 100, grant('bob'), 'wrong'],
  ['a false denial', [], alice, 100, denial('not_mapped'), 'wrong'],
  [
    'a false denial during a fault',
    sts(95, 105, undefined),
    alice,
    100,
    denial('sts_access_denied'),
    'wrong',
  ],
  ['who may not stays out', [], stranger, 100, denial('not_mapped'), 'right'],
  ['for another reason', [], stranger, 100, denial('token_expired'), 'wrong'],
  ['a false grant', [], stranger, 100, grant('stranger'), 'wrong'],
  ['a false grant during a fault', store(95, 105), stranger, 100, grant('stranger'), 'wrong'],
  ['no verdict without a fault', [], alice, 100, none, 'unexplained'],
  ['no verdict during a fault at the host', sts(95, 105, host), alice, 100, none, 'excused'],
  ['no verdict during one at all hosts', sts(95, 105, undefined), alice, 100, none, 'excused'],
  [
    'no verdict during one elsewhere',
    sts(95, 105, 'sts.us-east-1.amazonaws.com'),
    alice,
    100,
    none,
    'unexplained',
  ],
  ['no verdict before one', sts(105, 110, host), alice, 100, none, 'unexplained'],
  ['no verdict shortly after one', sts(90, 95, host), alice, 95 + grace - 1, none, 'excused'],
  ['no verdict long after one', sts(90, 95, host), alice, 95 + grace + 1, none, 'unexplained'],
  ['an answer that is none', [], alice, 100, { kind: 'broken', problem: 'reset' }, 'wrong'],
  ['let in as the policy says', policy(true, 0), gina, 100, grant('gina'), 'right'],
  ['kept out as the policy says', policy(false, 0), gina, 100, denial('not_mapped'), 'right'],
  ['revoked just now', [...policy(true, 0), ...policy(false, 98)], gina, 100, grant('gina'), 'right'],
  ['revoked long ago', [...policy(true, 0), ...policy(false, 87)], gina, 100, grant('gina'), 'wrong'],
  ['granted long ago', [...policy(false, 0), ...policy(true, 87)], gina, 100, denial('not_mapped'), 'wrong'],
  [
    'revoked before the store failed',
    [...policy(true, 0), ...policy(false, 77), ...store(90, 105)],
    gina,
    100,
    grant('gina'),
    'wrong',
  ],
  [
    'revoked as the store failed',
    [...policy(true, 0), ...policy(false, 88), ...store(89, 105)],
    gina,
    100,
    grant('gina'),
    'right',
  ],
];

test.each(rows)('%s', (_what, events, right, seconds, outcome, is) => {
  const world = new World();
  for (const event of events) world.note(event);
  const asked: Asked = {
    kind: 'told',
    right,
    host,
    sentAt: at(seconds),
    answeredAt: at(seconds) + 10,
    noneAt: undefined,
  };
  expect(judge(world, asked, outcome).is).toBe(is);
});

test.each([
  ['shed', { ...none, status: 429, code: 'overloaded' } as const, 'excused'],
  ['an outage that a caller has faked', none, 'unexplained'],
])('a host of an invented region: %s', (_what, outcome, is) => {
  const world = new World();
  for (const event of sts(95, 105, undefined)) world.note(event);
  const [{ host: invented }] = inventedHosts as [StsHost];
  const asked: Asked = {
    kind: 'told',
    right: { let: 'out', code: 'sts_host_unlisted' },
    host: invented,
    sentAt: at(100),
    answeredAt: at(100),
    noneAt: at(99),
  };
  expect(judge(world, asked, outcome).is).toBe(is);
});

test('a token that had no verdict lately may have none again', () => {
  const asked: Asked = {
    kind: 'told',
    right: alice,
    host,
    sentAt: at(100),
    answeredAt: at(100),
    noneAt: at(99),
  };
  expect(judge(new World(), asked, none).is).toBe('excused');
  expect(judge(new World(), { ...asked, noneAt: at(99 - grace) }, none).is).toBe('unexplained');
  expect(judge(new World(), asked, denial('not_mapped')).is).toBe('wrong');
});
