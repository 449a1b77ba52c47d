/**
 * Clocks that are wrong: callerid's, the client's, that of STS. Nobody is let in for longer than the true time allows, and
 * whoever was refused comes in as soon as the clock is right.
 */
import { describe, expect, test } from 'vitest';
import { rules } from '../../support/deployment.ts';
import { alice, answered, bob, fred, outcomeOf } from '../../support/faults/answers.ts';
import { startLarge } from '../../support/faults/large.ts';
import { standStill } from '../../support/faults/time.ts';
import { host, otherHost, people, prod, World } from '../../support/faults/world.ts';

standStill();

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe('an hour off', () => {
  type Clock = 'skew' | 'stsSkew';

  // [whose clock, ahead by, what a good token is answered with, for how long that is remembered]
  const rows: readonly (readonly [name: string, Clock, number, string, number])[] = [
    ['callerid is fast', 'skew', hour, 'token_expired', 0],
    ['callerid is slow', 'skew', -hour, 'date_in_future', 0],
    ['STS is fast', 'stsSkew', hour, 'sts_token_expired', 10 * second],
    ['STS is slow', 'stsSkew', -hour, 'sts_token_not_yet_current', 0],
  ];

  test.each(rows)('%s, from the beginning or suddenly', async (_, clock, ahead, code, rememberedMs) => {
    const world = await World.start();
    const held = await world.sign(people.federated);
    expect(outcomeOf(await world.ask(held))).toBe(fred);
    world[clock] = ahead;
    const token = await world.sign(people.admin);
    const apps = [world.app, world.freshApp()];
    for (const app of apps) expect(answered(await world.ask(token, { app }))).toEqual([200, code]);
    // whom STS has vouched for is held by the clock of callerid, and as that is wrong, by none
    expect(outcomeOf(await world.ask(held))).toBe(clock === 'skew' ? code : fred);

    world[clock] = 0;
    world.time += rememberedMs;
    for (const app of apps) expect(outcomeOf(await world.ask(token, { app }))).toBe(alice);
    expect(outcomeOf(await world.ask(held))).toBe(fred);
  });

  test.each([
    ['fast', hour, 'date_in_future'],
    ['slow', -hour, 'token_expired'],
  ])(
    'a client is %s: its tokens are refused, nobody is asked, and others come in',
    async (_, ahead, code) => {
      const world = await World.start();
      const token = await world.sign(people.admin, { now: world.time + ahead });
      expect(answered(await world.ask(token))).toEqual([200, code]);
      expect(world.called).toEqual([]);
      expect(outcomeOf(await world.ask(await world.sign(people.admin)))).toBe(alice);
      expect(outcomeOf(await world.ask(token))).toBe(code);
    },
  );

  test('a client was fast: its token is good when its time has come', async () => {
    const world = await World.start();
    const token = await world.sign(people.admin, { now: world.time + hour });
    expect(outcomeOf(await world.ask(token))).toBe('date_in_future');
    world.time += hour;
    expect(outcomeOf(await world.ask(token))).toBe(alice);
  });
});

/** As when a machine wakes up by the clock of its board, and is then told the time. */
describe('the clock of callerid is set back by 4 minutes', () => {
  const back = -4 * minute;

  test('attack: an identity is held for no longer than it may be', async () => {
    const world = await World.start();
    const token = await world.sign(people.admin);
    expect(outcomeOf(await world.ask(token))).toBe(alice);
    world.skew = back;
    const ended = () =>
      Response.json(
        { Error: { Code: 'InvalidClientTokenId', Message: '', Type: 'Sender' } },
        { status: 403 },
      );
    world.stsFaults.set(host, ended);
    world.time += minute;
    expect(outcomeOf(await world.ask(token))).toBe('sts_access_key_unknown');
  });

  test('attack: a removed rule lives no longer than the policy may be held', async () => {
    const world = await World.start();
    const token = await world.sign(people.bob);
    expect(outcomeOf(await world.ask(token))).toBe(bob);
    world.skew = back;
    await world.write({ rules: rules.filter(({ username }) => username !== 'bob') });
    world.time += 30 * second;
    expect(outcomeOf(await world.ask(token))).toBe('not_mapped');
  });

  test('attack: the last good version decides for no longer than it may', async () => {
    const world = await World.start();
    expect(outcomeOf(await world.ask(await world.sign(people.admin)))).toBe(alice);
    world.storeFaults.set(`policy/${prod}`, () => Promise.reject(new Error('down')));
    world.skew = back;
    world.time += minute;
    expect(outcomeOf(await world.ask(await world.sign(people.admin)))).toBe(alice);
    world.time += 15 * minute;
    expect(outcomeOf(await world.ask(await world.sign(people.admin)))).toBe('policy_unavailable');
  });

  test('a failed read of the store is repeated as soon as ever', async () => {
    const world = await World.start();
    world.storeFaults.set(`policy/${prod}`, () => Promise.reject(new Error('down')));
    const token = await world.sign(people.admin);
    expect(outcomeOf(await world.ask(token))).toBe('policy_unavailable');
    world.skew = back;
    world.storeFaults.clear();
    world.time += 5 * second;
    expect(outcomeOf(await world.ask(token))).toBe(alice);
  });

  test('a part that was not there is asked for again as soon as ever', async () => {
    const { world, token, part } = await startLarge();
    world.storeFaults.set(part, async () => undefined);
    expect(outcomeOf(await world.ask(token))).toBe(alice); // by the version before
    world.skew = back;
    world.storeFaults.clear();
    world.time += 5 * second;
    expect(outcomeOf(await world.ask(token))).toBe('granted second');
  });

  test('a throttled token waits no longer than ever', async () => {
    const world = await World.start();
    const throttle = () => Response.json({ Error: { Code: 'Throttling' } }, { status: 400 });
    world.stsFaults.set(host, throttle);
    const token = await world.sign(people.admin);
    for (let turns = 0; turns < 3; turns++) expect(outcomeOf(await world.ask(token))).toBe('sts_throttled');
    world.stsFaults.clear();
    world.skew = back;
    world.time += 30 * second;
    expect(outcomeOf(await world.ask(token))).toBe(alice);
  });

  test('and others come in as ever', async () => {
    const world = await World.start();
    world.skew = back;
    expect(outcomeOf(await world.ask(await world.sign(people.bob, { host: otherHost })))).toBe(bob);
  });
});
