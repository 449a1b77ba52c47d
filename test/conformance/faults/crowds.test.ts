/**
 * Very many reviews at once: of one token, of many, and of tokens that lead nowhere. Each is answered, none wrongly; who is
 * shed is told to come again, and is let in then.
 */
import { describe, expect, test } from 'vitest';
import { digests } from '../../../src/cli/token/digests.ts'; // the faster ones
import type { Principal } from '../../../src/emulator/principals.ts';
import type { Answer } from '../../support/deployment.ts';
import { alice, bob, outcomeOf } from '../../support/faults/answers.ts';
import { stsFaults } from '../../support/faults/sts-rows.ts';
import { pass, standStill, turn, until } from '../../support/faults/time.ts';
import { host, people, World } from '../../support/faults/world.ts';

standStill();

/** For a busy machine. */
const patience = 30_000;
const deadlineMs = 5000;

/** In a word, without looking at each part of each of thousands. */
function wordOf({ status, headers, body }: Answer): string {
  if (status === 429) return Number(headers.get('retry-after')) >= 5 ? 'shed' : 'shed, and when is not said';
  if (status !== 200) return String(status);
  const { authenticated, user, error } = body.status;
  return authenticated ? `granted ${user.username}` : String(error).replace(/:.*/, '');
}

async function wordFor(world: World, token: string): Promise<string> {
  return wordOf(await world.ask(token, { isBare: true }));
}

function count(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** STS answers once `open` was called. */
function gate(world: World): () => void {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  world.stsFaults.set(host, async (truth) => {
    await opened;
    return truth();
  });
  return open;
}

test('10,000 reviews of one token at once: one call to STS', { timeout: patience }, async () => {
  const world = await World.start();
  const open = gate(world);
  const token = await world.sign(people.admin);
  const crowd = 10_000;
  const answers = Promise.all(Array.from({ length: crowd }, () => wordFor(world, token)));
  await until(() => world.called.length === 1);
  for (let turns = 0; turns < 20; turns++) await turn();
  open();
  const { [alice]: granted = 0, shed = 0, ...wrong } = count(await answers);
  expect(wrong).toEqual({});
  expect(granted + shed).toBe(crowd);
  expect(granted).toBeGreaterThan(0);
  expect(world.called).toHaveLength(1);
  expect(world.log).toHaveLength(crowd);
});

test('2,000 tokens at once, every tenth of them altered: each is answered as its signer', {
  timeout: patience,
}, async () => {
  const names: readonly (readonly [Principal, string])[] = [
    [people.admin, alice],
    [people.bob, bob],
    [people.federated, 'granted fred'],
    [people.root, 'granted root-of-111122223333'],
    [people.accountMember, 'granted arn:aws:iam::444455556666:role/Anything'],
  ];
  const world = await World.start();
  const open = gate(world);
  const tokens = await Promise.all(
    Array.from({ length: 2000 }, async (_, at) => {
      const [who, name] = names[at % names.length] as (typeof names)[number];
      const isAltered = at % 10 === 7;
      const signer = isAltered ? { ...who, secretAccessKey: 'guessed/SECRET+EXAMPLEKEY' } : who;
      const token = await world.sign(signer, {
        digests,
        now: world.time - 1000 * Math.floor(at / names.length),
      });
      return { token, expected: isAltered ? 'sts_signature_mismatch' : name };
    }),
  );
  expect(new Set(tokens.map(({ token }) => token)).size).toBe(tokens.length);
  let left = tokens;
  for (let rounds = 0; left.length > 0; rounds++) {
    expect(rounds).toBeLessThan(5);
    const before = world.log.length + world.called.length;
    const answers = Promise.all(left.map(({ token }) => wordFor(world, token)));
    // who is shed is logged at once, and all others have asked STS
    await until(() => world.log.length + world.called.length >= before + left.length);
    open();
    const words = await answers;
    const wrong = words.filter((word, at) => word !== left[at]?.expected && word !== 'shed');
    expect(wrong).toEqual([]);
    left = left.filter((_, at) => words[at] === 'shed');
    world.time += 10_000; // as they were told
  }
});

describe('attack: 1,000 tokens for 1,000 invented regions at once', () => {
  const crowd = 1000;
  const logins = 20;

  function invented(at: number): string {
    return `sts.us-land${at}-1.amazonaws.com`;
  }

  /** Keys that nobody has: at a host that is not STS nobody looks. */
  function madeUp(at: number): Principal {
    const accessKeyId = `ASIAMADEUP${String(at).padStart(10, '0')}`;
    return { ...people.admin, accessKeyId, secretAccessKey: 'made/UP+KEY' };
  }

  /** Those who sign in meanwhile, each with a token that nobody has seen. */
  async function expectLogins(world: World, round: number): Promise<void> {
    for (let at = 0; at < logins; at++) {
      const now = world.time - 1000 * (logins * round + at);
      expect(outcomeOf(await world.ask(await world.sign(people.bob, { now })))).toBe(bob);
    }
  }

  async function attack(world: World): Promise<string[]> {
    const tokens = await Promise.all(
      Array.from({ length: crowd }, (_, at) => world.sign(madeUp(at), { digests, host: invented(at) })),
    );
    return Promise.all(tokens.map((token) => wordFor(world, token)));
  }

  test('all silent: logins go on meanwhile and after', { timeout: patience }, async () => {
    const world = await World.start();
    let silent = 0;
    for (let at = 0; at < crowd; at++) {
      world.stsFaults.set(invented(at), () => {
        silent++;
        return new Promise(() => {});
      });
    }
    const answers = attack(world);
    await until(() => silent + world.log.length >= crowd);
    await expectLogins(world, 0);
    await pass(deadlineMs);
    const { sts_host_unlisted: refused = 0, shed = 0, ...wrong } = count(await answers);
    expect(wrong).toEqual({}); // no 5xx, which an API server would repeat
    expect(refused + shed).toBe(crowd);
    expect(refused).toBeGreaterThan(0);
    await expectLogins(world, 1);
  });

  test('failing in every other way: logins go on meanwhile and after', { timeout: patience }, async () => {
    const world = await World.start();
    const ways = stsFaults.filter(({ name, takesMs, code = '' }) => {
      return (
        takesMs === undefined &&
        /_(?:answer|failing|unreachable)/.test(code) &&
        !/true answer|bomb/.test(name)
      );
    });
    const before = ways.length;
    expect(before).toBeGreaterThan(90);
    for (let at = 0; at < crowd; at++) {
      world.stsFaults.set(invented(at), (ways[at % before] as (typeof ways)[number]).answering);
    }
    const [answers] = await Promise.all([attack(world), expectLogins(world, 0)]);
    const { sts_host_unlisted: refused = 0, shed = 0, ...wrong } = count(answers);
    expect(wrong).toEqual({});
    expect(refused + shed).toBe(crowd);
    await expectLogins(world, 1);
  });
});
