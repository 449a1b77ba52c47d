/**
 * What a large policy costs: `npm run bench:policy`.
 *
 * Compared are decisions by 10 rules, held in one value, and by 100,000, in parts. Both go in turns over the same number
 * of identities, so that what else the machine does falls on both.
 *
 * @module
 */
import { createStsEmulator } from '../src/emulator/emulator.ts';
import type { Principal } from '../src/emulator/principals.ts';
import { type Identity, readIdentity } from '../src/identity/identity.ts';
import { detached } from '../src/lib/flights.ts';
import { mapIdentity } from '../src/mapping/map.ts';
import type { Policy, Rule } from '../src/mapping/rule.ts';
import { publishPolicy } from '../src/policy/publish.ts';
import { PolicyReader } from '../src/policy/reader.ts';
import { decide } from '../src/review/decide.ts';
import { MemoryStore } from '../src/store/memory.ts';
import { signToken } from '../src/token/sign.ts';
import { createVerifier } from '../src/verifier/verifier.ts';

const cluster = 'prod.example.com';
const working = 10;
/** Of a hundred decisions by each. They take some seconds, so that no short disturbance makes up half of them. */
const rounds = 1500;

/** Counts what is written. */
class CountingStore extends MemoryStore {
  writes = 0;
  longest = 0;

  override put(key: string, value: string): Promise<void> {
    this.#count(value);
    return super.put(key, value);
  }

  override swap(key: string, expected: string | undefined, value: string): Promise<boolean> {
    this.#count(value);
    return super.swap(key, expected, value);
  }

  #count(value: string): void {
    this.writes++;
    this.longest = Math.max(this.longest, Buffer.byteLength(value));
  }
}

function accountOf(index: number): string {
  return String(111122220000 + (index % 500));
}

function ruleOf(index: number): Rule {
  const role = `arn:aws:iam::${accountOf(index)}:role/Team-${index}-Deployer`;
  return { role, username: `team-${index}:{{SessionName}}`, groups: [`team-${index}`, 'developers'] };
}

function policyOf(size: number): Policy {
  return { rules: Array.from({ length: size }, (_, index) => ruleOf(index)) };
}

/** Whom the rule of an index names. */
function principalOf(index: number): Principal {
  return {
    type: 'assumed-role',
    account: accountOf(index),
    roleName: `Team-${index}-Deployer`,
    sessionName: 'alice',
    principalId: `AROA${String(index).padStart(17, '0')}`,
    accessKeyId: `ASIA${String(index).padStart(16, '0')}`,
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    sessionToken: 'FwoGZXIvYXdzEXAMPLE',
  };
}

function identityOf(index: number): Identity {
  const account = accountOf(index);
  const arn = `arn:aws:sts::${account}:assumed-role/Team-${index}-Deployer/alice`;
  const userId = `AROA${String(index).padStart(17, '0')}:alice`;
  const read = readIdentity({ account, arn, userId }, { partition: 'aws', accessKeyId: 'ASIAEXAMPLE' });
  if (read === undefined) throw new Error(`no identity: ${arn}`);
  return read;
}

interface Setup {
  readonly store: CountingStore;
  readonly policies: PolicyReader;
  /** Of the working set, spread over the rules. */
  readonly indexes: readonly number[];
}

async function setUp(size: number): Promise<Setup> {
  const store = new CountingStore();
  await publishPolicy(store, cluster, policyOf(size), { author: 'benchmark' });
  const policies = new PolicyReader({ store, cluster, holdMs: 3_600_000 });
  const indexes = Array.from({ length: working }, (_, index) => Math.floor((index * size) / working));
  return { store, policies, indexes };
}

/** Whole decisions: the token is parsed, its identity is held, the rules are asked. */
async function decider({ policies, indexes }: Setup): Promise<(turn: number) => Promise<void>> {
  const principals = indexes.map(principalOf);
  const sts = createStsEmulator({ principals });
  const fetch = sts.fetch as typeof globalThis.fetch;
  const verifier = createVerifier({ audience: cluster, fetch, identitySeconds: 900 });
  const endpoint = { host: 'sts.eu-west-1.amazonaws.com', region: 'eu-west-1' };
  const reviews = await Promise.all(
    principals.map(async ({ accessKeyId, secretAccessKey, sessionToken }) => {
      const keys = { accessKeyId, secretAccessKey, sessionToken };
      const { token } = await signToken(keys, { audience: cluster, endpoint });
      return { ok: true, apiVersion: 'authentication.k8s.io/v1', token, audiences: [] } as const;
    }),
  );
  return async (turn) => {
    const review = reviews[turn % reviews.length] as (typeof reviews)[number];
    const { verdict } = await decide(review, { verifier, policies, context: detached });
    if (verdict !== 'mapped') throw new Error(`not mapped: ${verdict}`);
  };
}

/** The rules alone. */
async function mapper({ policies, indexes }: Setup): Promise<(turn: number) => Promise<void>> {
  const identities = indexes.map(identityOf);
  return async (turn) => {
    const identity = identities[turn % identities.length] as Identity;
    const policy = await policies.current(detached);
    const found = policy.ok ? await policy.rulesFor(identity, detached) : policy;
    if (!found.ok || !mapIdentity(identity, found.rules).ok) throw new Error('not mapped');
  };
}

type Work = (turn: number) => Promise<void>;

/** Median times of both, in microseconds, taken in turns, and each as often first. */
async function medians(small: Work, large: Work): Promise<readonly [number, number]> {
  const perRound = 100;
  collect(); // the garbage of setting up is nobody's decision
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const turns = [...[small, large].entries()];
    for (const [index, work] of round % 2 === 0 ? turns : turns.reverse()) {
      const startedAt = performance.now();
      for (let turn = 0; turn < perRound; turn++) await work(turn);
      times[index]?.push(((performance.now() - startedAt) * 1000) / perRound);
    }
  }
  const warm = times.map((list) => median(list.slice(rounds / 5)));
  return [warm[0] as number, warm[1] as number];
}

function collect(): void {
  (globalThis as { gc?: () => void }).gc?.();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}

/** Decisions each of which reads a part that is not held, from memory. */
async function coldMedian({ store }: Setup): Promise<number> {
  const times: number[] = [];
  const policies = new PolicyReader({ store, cluster, cacheBytes: 1024 * 1024 });
  for (let turn = 0; turn < 300; turn++) {
    const identity = identityOf((turn * 331) % 100_000);
    const startedAt = performance.now();
    const policy = await policies.current(detached);
    const found = policy.ok ? await policy.rulesFor(identity, detached) : policy;
    if (!found.ok || !mapIdentity(identity, found.rules).ok) throw new Error('not mapped');
    times.push((performance.now() - startedAt) * 1000);
  }
  return median(times);
}

/** What the cache says it holds, and what the heap says, after every rule was asked for once. */
async function memory(size: number): Promise<readonly [said: number, heap: number]> {
  const { store } = await setUp(size);
  const policies = new PolicyReader({ store, cluster, cacheBytes: 64 * 1024 * 1024 });
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < size; index++) {
    const policy = await policies.current(detached);
    const identity = identityOf(index);
    const found = policy.ok ? await policy.rulesFor(identity, detached) : policy;
    if (found.ok) mapIdentity(identity, found.rules);
  }
  collect();
  return [policies.heldBytes, process.memoryUsage().heapUsed - before];
}

async function writesOfOneRule({ store }: Setup): Promise<number> {
  const { rules } = policyOf(100_000);
  const changed = rules.map((rule, index) => (index === 4711 ? { ...rule, username: 'changed' } : rule));
  store.writes = 0;
  await publishPolicy(store, cluster, { rules: changed as Rule[] }, { author: 'benchmark' });
  return store.writes;
}

const small = await setUp(10);
const large = await setUp(100_000);
const say = (what: string, value: string): void => console.log(`${what.padEnd(58)} ${value}`);
const micro = (value: number): string => `${value.toFixed(1)} µs`;

const whole = await medians(await decider(small), await decider(large));
say('decision, 10 rules, median', micro(whole[0]));
say('decision, 100,000 rules, median, parts held', micro(whole[1]));
say('  ratio (at most 1.3)', (whole[1] / whole[0]).toFixed(3));
const bare = await medians(await mapper(small), await mapper(large));
say('  of it the rules alone, 10 and 100,000', `${micro(bare[0])}, ${micro(bare[1])}`);
say('rules alone, 100,000 rules, a part not held, median', micro(await coldMedian(large)));
say('longest value in the store', `${large.store.longest} bytes`);
const [said, heap] = await memory(40_000);
say('parts of 40,000 rules held, as weighed (limit 64 MiB)', `${(said / 2 ** 20).toFixed(1)} MiB`);
say('  and as the heap grew', `${(heap / 2 ** 20).toFixed(1)} MiB`);
say('values written by a change of one rule of 100,000', String(await writesOfOneRule(large)));
process.exitCode = whole[1] / whole[0] <= 1.3 ? 0 : 1;
