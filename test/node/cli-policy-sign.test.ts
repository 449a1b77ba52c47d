/**
 * `callerid policy keys`, and the commands that sign what they write: to a store of this machine, to a deployment, and as
 * a record for Workers KV.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PolicyReader } from '../../src/policy/reader.ts';
import { policyKey } from '../../src/policy/record.ts';
import { FileStore } from '../../src/store/file.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { cliIn, temporaryDirectory } from './cli.ts';
import { AdminServer, account, adminSecret, cluster, policy, roleArn } from './cli-admin.ts';

// a test runs the command several times, and others run beside it
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const home = temporaryDirectory();
const { cli } = cliIn(home);
const file = (name: string) => join(home, name);
const write = (name: string, value: unknown) => writeFileSync(file(name), JSON.stringify(value));
const keyFile = file('key.json');
const otherFile = file('other.json');
const full = file('full.json');
const less = file('less.json');
const large = file('large.json');
const signed = ['--sign', keyFile];
let key = '';
let otherKey = '';

async function newKey(out: string): Promise<string> {
  const { status, stdout, stderr } = await cli(['policy', 'keys', 'create', '--out', out]);
  expect([status, stderr]).toEqual([0, expect.stringMatching(/public key/)]);
  return stdout.trim();
}

beforeAll(async () => {
  [key, otherKey] = [await newKey(keyFile), await newKey(otherFile)];
  write('full.json', policy);
  write('less.json', { rules: [policy.rules[0]] });
  const rules = Array.from({ length: 1000 }, (_, at) => ({
    ...(at % 2 === 0
      ? { role: roleArn(`R${at}`) }
      : { sso: { permissionSet: `P${at}`, accounts: [account, '444455556666'] } }),
    username: `u${at}`,
  }));
  write('large.json', { rules: [...policy.rules, ...rules], notBefore: '2026-11-24T05:00:00Z' });
});

/** The version that decides where this key is taken; or why none does. */
async function versionOf(store: Pick<Store, 'get'>, keys: readonly string[] = [key]): Promise<unknown> {
  const reader = new PolicyReader({ store, cluster, trust: { keys } });
  const current = await reader.current();
  return current.ok ? current.version : reader.health().problem;
}

/** The number of a version that was signed where there was none: the seconds since the epoch. */
async function firstOf(store: Pick<Store, 'get'>, by = key): Promise<number> {
  const version = Number(await versionOf(store, [by]));
  expect(Math.abs(version - Date.now() / 1000)).toBeLessThan(600);
  return version;
}

describe('a key', () => {
  test('is for its owner alone, and only its public part is printed', async () => {
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const jwk = JSON.parse(readFileSync(keyFile, 'utf8')) as Record<string, string>;
    expect(jwk).toEqual({ kty: 'OKP', crv: 'Ed25519', x: key, d: expect.stringMatching(/^[\w-]{43}$/) });
    expect(await cli(['policy', 'keys', 'public', keyFile])).toEqual({
      status: 0,
      stdout: `${key}\n`,
      stderr: '',
    });
    expect(key).not.toBe(otherKey);
  });

  test('is never written over', async () => {
    const before = readFileSync(keyFile, 'utf8');
    const { status, stdout } = await cli(['policy', 'keys', 'create', '--out', keyFile]);
    expect([status, stdout]).toEqual([2, '']);
    expect(readFileSync(keyFile, 'utf8')).toBe(before);
  });

  const jwk = (change: (jwk: Record<string, unknown>, other: Record<string, unknown>) => object) => () => {
    const [own, other] = [keyFile, otherFile].map((one) => JSON.parse(readFileSync(one, 'utf8')));
    return JSON.stringify(change(own, other));
  };

  test.each<[what: string, text: () => string]>([
    ['no JSON', () => 'secretSECRETsecret'],
    ['a list', jwk((own) => [own])],
    ['a public key alone', jwk(({ d: _, ...own }) => own)],
    ['a key of another curve', jwk((own) => ({ ...own, crv: 'X25519' }))],
    ['two halves of two keys', jwk((own, other) => ({ ...own, x: other.x }))],
    ['half a key', jwk((own) => ({ ...own, d: String(own.d).slice(0, 20) }))],
  ])('that is %s signs nothing, and none of it is printed', async (_, textOf) => {
    const text = textOf();
    const { status, stdout, stderr } = await cli(['policy', 'keys', 'public', '-'], {}, text);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'callerid: the file holds no key for policies: make one with callerid policy keys create\n',
    });
  });
});

let stores = 0;

function newStore(): { store: FileStore; args: string[] } {
  const directory = file(`store-${stores++}`);
  mkdirSync(directory);
  return { store: new FileStore(directory), args: ['--store', `file:${directory}`, '--cluster', cluster] };
}

const apply = (what: string, ...args: string[]) => ['policy', 'apply', what, '-m', 'why', ...args];

describe('a store of this machine', () => {
  test('apply, history, get, rollback', async () => {
    const { store, args } = newStore();
    expect((await cli(apply(full, ...signed, ...args))).status).toBe(0);
    const first = await firstOf(store);
    expect((await cli(apply(large, ...signed, ...args))).status).toBe(0);
    expect((await cli(apply(less, ...signed, ...args))).status).toBe(0);
    expect(await versionOf(store)).toBe(first + 2);
    for (const [older, next] of [
      [first + 1, first + 3],
      [first, first + 4],
    ]) {
      const back = await cli(['policy', 'rollback', String(older), '--output', 'json', ...signed, ...args]);
      expect(JSON.parse(back.stdout)).toMatchObject({ applied: true, version: next });
      expect(await versionOf(store)).toBe(next);
    }
    const { stdout } = await cli(['policy', 'history', ...args]);
    const head = key.slice(0, 8);
    const rowOf = (cell: string) =>
      new RegExp(`^${first + 4} .* ${cell} ${head}  rollback to version ${first}$`);
    expect(stdout.split('\n')[0]).toMatch(rowOf('names key'));
    const known = await cli(['policy', 'history', ...args], { CALLERID_POLICY_KEYS: key });
    expect(known.stdout.split('\n')[0]).toMatch(rowOf('signed by'));
    expect((await cli(['policy', 'get', ...args])).stdout).toContain(`, signed by ${key}: rollback to`);
  });

  test('a dry run signs and writes nothing', async () => {
    const { store, args } = newStore();
    const { status, stdout } = await cli(apply(full, '--dry-run', ...signed, ...args));
    expect([status, stdout]).toEqual([0, expect.stringContaining('nothing is written')]);
    expect(await store.get(policyKey(cluster))).toBeUndefined();
  });

  test('a version that another key has signed, or nobody, is not gone back to', async () => {
    const { store, args } = newStore();
    await cli(apply(full, '--sign', otherFile, ...args));
    const first = await firstOf(store, otherKey);
    const slip = await cli(apply(less, ...args));
    expect([slip.status, slip.stderr]).toEqual([2, expect.stringContaining('--unsigned')]);
    await cli(apply(less, '--unsigned', ...args));
    await cli(apply(full, '--unbelieved', ...signed, ...args));
    const rollback = (older: number) => cli(['policy', 'rollback', String(older), ...signed, ...args]);
    for (const [older, why] of [
      [first, 'is signed by an unknown key'],
      [first + 1, 'is not signed'],
    ] as const) {
      const { status, stderr } = await rollback(older);
      expect([status, stderr]).toEqual([2, expect.stringContaining(why)]);
    }
    expect(await versionOf(store)).toBe(first + 2);
  });

  test('an older version that somebody has put something else into is not signed', async () => {
    const { store, args } = newStore();
    await cli(apply(full, ...signed, ...args));
    const first = await firstOf(store);
    await cli(apply(less, ...signed, ...args));
    const pointer = JSON.parse((await store.get(policyKey(cluster))) ?? '');
    pointer.history[0].content = pointer.content;
    await store.put(policyKey(cluster), JSON.stringify(pointer));
    const { status, stderr } = await cli(['policy', 'rollback', String(first), ...signed, ...args]);
    expect([status, stderr]).toEqual([2, expect.stringContaining('is not what was signed')]);
  });

  test('where CALLERID_POLICY_KEYS says so, nothing else is written', async () => {
    const { store, args } = newStore();
    const env = { CALLERID_POLICY_KEYS: key };
    expect(await cli(apply(full, ...args), env)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/have to be signed \(policy_unsigned\): give --sign FILE/),
    });
    const others = await cli(apply(full, '--sign', otherFile, ...args), env);
    expect([others.status, others.stderr]).toEqual([2, expect.stringContaining('unknown key')]);
    expect(await store.get(policyKey(cluster))).toBeUndefined();
    const imported = await cli(['policy', 'import', full, ...args], env);
    expect([imported.status, imported.stderr]).toEqual([2, expect.stringContaining('policy_unsigned')]);
    expect((await cli(apply(full, ...signed, ...args), env)).status).toBe(0);
    expect((await cli(apply(full, ...signed, ...args), { CALLERID_POLICY_KEYS: '' })).status).toBe(2);
  });

  test('import, and what cannot be read written over', async () => {
    const { store, args } = newStore();
    const { status, stdout } = await cli(['policy', 'import', full, ...signed, ...args]);
    const first = await firstOf(store);
    expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ version: first })]);
    await cli(apply(less, '--unsigned', ...args));
    const again = ['policy', 'import', full, ...signed, ...args];
    const stopped = await cli(again);
    expect([stopped.status, stopped.stderr]).toEqual([2, expect.stringContaining('nothing is signed')]);
    expect((await cli([...again, '--unbelieved'])).status).toBe(0);
    expect(await versionOf(store)).toBe(first + 2);
    await store.put(policyKey(cluster), '<html>');
    const over = await cli(apply(less, '--replace-unreadable', '--output', 'json', ...signed, ...args));
    const { version } = JSON.parse(over.stdout) as { version: number };
    expect(await firstOf(store)).toBe(version);
  });

  test('where the pointer is deleted, what comes next is above every number that was signed', async () => {
    const { store, args } = newStore();
    const record = ['policy', 'import', full, '--record', '--version', '7', '--cluster', cluster];
    const stolen = (await cli([...record, ...signed])).stdout;
    await store.put(policyKey(cluster), stolen);
    expect(await versionOf(store)).toBe(7);
    await store.delete(policyKey(cluster));
    expect((await cli(apply(less, ...signed, ...args))).status).toBe(0);
    const floor = await firstOf(store);
    await store.put(policyKey(cluster), stolen);
    const cold = new PolicyReader({ store, cluster, trust: { keys: [key], minVersion: floor } });
    expect(await cold.current()).toMatchObject({ ok: false });
  });
});

describe('a forged version', () => {
  const env = { CALLERID_POLICY_KEYS: '' };
  beforeAll(() => {
    env.CALLERID_POLICY_KEYS = key;
  });
  const evil = { rules: [...policy.rules, { role: roleArn('Evil'), username: 'evil', groups: ['ops'] }] };

  /** As somebody would who can write the store: the policy of version 2 is theirs. */
  async function forged(change: (pointer: Record<string, unknown>) => object) {
    const made = newStore();
    await cli(apply(less, ...signed, ...made.args));
    await cli(apply(full, ...signed, ...made.args));
    const pointer = JSON.parse((await made.store.get(policyKey(cluster))) ?? '');
    await made.store.put(policyKey(cluster), JSON.stringify({ ...pointer, ...change(pointer) }));
    return made;
  }

  const forgeries: readonly (readonly [
    what: string,
    change: (pointer: Record<string, unknown>) => object,
    why: string,
  ])[] = [
    ['under the signature of the good one', () => ({ policy: evil }), 'is not what was signed'],
    ['under a signature of nobody', () => ({ policy: evil, signature: undefined }), 'is not signed'],
    ['under another number', () => ({ version: 2 ** 52 }), 'is not what was signed'],
  ];

  test.each(forgeries)(
    '%s is not laundered by get, edit and apply: a deployment with keys',
    async (_, change, why) => {
      const { store, args } = await forged(change);
      const before = await store.get(policyKey(cluster));
      const got = await cli(['policy', 'get', ...args], env);
      expect(got).toEqual({ status: 2, stdout: '', stderr: expect.stringContaining(why) });
      expect(got.stderr).toMatch(/^callerid: not believed: .* \(policy_(?:unsigned|signature_invalid)\): /);
      const anyway = await cli(['policy', 'get', '--unbelieved', ...args], env);
      expect(anyway.stdout.split('\n')[0]).toMatch(
        new RegExp(`, NOT believed: version \\d+ of the policy ${why}`),
      );
      expect(anyway.stdout).not.toContain('signed by');
      const { stdout } = await cli(['policy', 'history', ...args], env);
      expect(stdout.split('\n').map((row) => /NOT believed|signed by/.exec(row)?.[0])).toEqual([
        'NOT believed',
        'signed by',
        undefined,
      ]);
      for (const command of [apply(less, '--unbelieved', ...signed), ['policy', 'diff', less]]) {
        const { status, stderr } = await cli([...command, ...args], env);
        expect([status, stderr]).toEqual([2, expect.stringContaining('what is stored is not believed')]);
      }
      expect(await store.get(policyKey(cluster))).toBe(before);
      const over = await cli(
        apply(less, '--replace-unreadable', '--output', 'json', ...signed, ...args),
        env,
      );
      const { version } = JSON.parse(over.stdout) as { version: number };
      expect(Math.abs(version - Date.now() / 1000)).toBeLessThan(600);
      expect(await versionOf(store)).toBe(version);
    },
  );

  test.each(forgeries)('%s is not laundered: a deployment without keys', async (_, change, why) => {
    const { store, args } = await forged(change);
    const before = await store.get(policyKey(cluster));
    const { status, stderr } = await cli(apply(less, ...signed, ...args));
    expect([status, stderr]).toEqual([2, expect.stringMatching(`nothing is signed: .* ${why}`)]);
    expect(await store.get(policyKey(cluster))).toBe(before);
    const got = await cli(['policy', 'get', ...args]);
    if (why !== 'is not signed') expect([got.status, got.stdout]).toEqual([2, '']);
    expect(got.stdout).not.toContain('signed by');
  });

  test('that leaves nothing of the past is not laundered: a deployment without keys', async () => {
    const { store, args } = await forged(() => ({}));
    const bare = { format: 1, version: 2, writtenAt: new Date().toISOString(), policy: evil };
    await store.put(policyKey(cluster), JSON.stringify(bare));
    const got = await cli(['policy', 'get', ...args]);
    expect(got.stdout.split('\n')[0]).toMatch(/, not signed$/);
    writeFileSync(file('got.yaml'), got.stdout);
    const { status, stderr } = await cli(apply(file('got.yaml'), ...signed, ...args));
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('nothing is signed: version 2 of the policy is not'),
    ]);
  });

  test('of the past is not compared with, where there are keys', async () => {
    const { store, args } = await forged(({ history, content }) => {
      const [past] = history as Record<string, unknown>[];
      return { history: [{ ...past, content }] };
    });
    const first = (await firstOf(store)) - 1;
    const { status, stdout, stderr } = await cli(
      ['policy', 'rollback', String(first), '--dry-run', ...args],
      env,
    );
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining('is not what was signed')]);
  });

  test('by another key is signed after only where that is meant', async () => {
    const { store, args } = newStore();
    await cli(apply(full, '--sign', otherFile, ...args));
    const first = await firstOf(store, otherKey);
    const { status, stderr } = await cli(apply(less, ...signed, ...args));
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining(`version ${first} of the policy is signed by another key`),
    ]);
    expect((await cli(apply(less, '--unbelieved', ...signed, ...args))).status).toBe(0);
    expect(await versionOf(store)).toBe(first + 1);
  });

  test('a number beyond the seconds since the epoch, and a day, is never signed', async () => {
    const { store, args } = newStore();
    const record = (version: number) => JSON.stringify({ format: 1, version, writtenAt: 'x', policy });
    await store.put(policyKey(cluster), record(2 ** 52));
    const { status, stderr } = await cli(apply(less, '--unbelieved', ...signed, ...args));
    expect([status, stderr]).toEqual([2, expect.stringContaining('no version is that high')]);
    expect(await store.get(policyKey(cluster))).toBe(record(2 ** 52));
  });
});

test('a store of this machine reads whom to believe as a deployment does', async () => {
  const { store, args } = newStore();
  await cli(apply(full, ...signed, ...args));
  const first = await firstOf(store);
  const get = async (env: Record<string, string>) => {
    const { status, stderr } = await cli(['policy', 'get', ...args], env);
    return [status, stderr];
  };
  const own = (fields: object) => ({
    CALLERID_POLICY_KEYS: otherKey,
    CALLERID_CLUSTERS: JSON.stringify({ [cluster]: fields }),
  });
  expect(await get({ CALLERID_POLICY_KEYS: key, CALLERID_POLICY_MIN_VERSION: String(first) })).toEqual([
    0,
    '',
  ]);
  expect(await get({ CALLERID_POLICY_KEYS: key, CALLERID_POLICY_MIN_VERSION: String(first + 1) })).toEqual([
    2,
    expect.stringContaining(`is older than version ${first + 1}`),
  ]);
  expect(await get(own({ policyKeys: [key], audience: 'x' }))).toEqual([0, '']);
  expect(await get(own({ policyKeys: [key], minPolicyVersion: first + 1 }))).toEqual([
    2,
    expect.stringContaining(`is older than version ${first + 1}`),
  ]);
  for (const env of [
    own({ policyKeys: [] }),
    own({ minPolicyVersion: 2 }),
    { CALLERID_POLICY_MIN_VERSION: '2' },
    { CALLERID_POLICY_KEYS: key, CALLERID_POLICY_MIN_VERSION: 'x' },
    { CALLERID_CLUSTERS: '{' },
  ]) {
    expect(await get(env)).toEqual([2, expect.stringMatching(/^callerid: CALLERID_/)]);
  }
});

test.skipIf(process.platform === 'win32')('a key that others may read is warned of', async () => {
  const open = file('open.json');
  writeFileSync(open, readFileSync(keyFile), { mode: 0o644 });
  const { status, stderr } = await cli(['policy', 'keys', 'public', open]);
  expect([status, stderr]).toEqual([
    0,
    expect.stringMatching(/^callerid: warning: others than its owner may open/),
  ]);
});

describe('a record for Workers KV', () => {
  const record = ['policy', 'import', full, '--record'];

  test('is signed for one cluster', async () => {
    const { status, stdout } = await cli([...record, '--version', '7', '--cluster', cluster, ...signed]);
    expect(status).toBe(0);
    const store = new MemoryStore();
    await store.put(policyKey(cluster), stdout);
    expect(await versionOf(store)).toBe(7);
    expect(await versionOf(store, [otherKey])).toMatch(/unknown key/);
    await store.put(policyKey('other'), stdout);
    const other = new PolicyReader({ store, cluster: 'other', trust: { keys: [key] } });
    expect(await other.current()).toMatchObject({ ok: false });
  });

  const twice = 'standard input twice';
  test.each<[what: string, args: string[], why: string]>([
    ['--sign without a cluster', [...record, ...signed], '--sign without a cluster'],
    ['--sign without --record or --store', ['policy', 'import', full, ...signed], '--sign without a cluster'],
    ['a cluster without --sign', [...record, '--cluster', cluster], '--cluster without --store'],
    ['no ID of a cluster', [...record, '--cluster', '../x', ...signed], 'not the ID of a cluster'],
    [twice, ['policy', 'import', '--record', '--cluster', cluster, '--sign', '-'], twice],
    ['that of an apply', apply('-', '--sign', '-', '--store', 'file:x', '--cluster', cluster), twice],
    [
      'a file that is not there',
      [...record, '--cluster', cluster, '--sign', file('none')],
      'the key that signs cannot be read (ENOENT)',
    ],
  ])('%s is an error', async (_, args, why) => {
    expect(await cli(args)).toEqual({ status: 2, stdout: '', stderr: expect.stringContaining(why) });
  });
});

describe('a deployment', () => {
  const servers: AdminServer[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.close())));
  const env = { CALLERID_ADMIN_SECRET: adminSecret };

  async function start(options: Parameters<typeof AdminServer.start>[0] = {}) {
    const server = await AdminServer.start({ trust: { keys: [key] }, ...options });
    servers.push(server);
    return server;
  }

  /** With a version that is signed, `first`. */
  async function startSigned() {
    const server = await start({ empty: true });
    expect((await cli(apply(full, ...signed, ...server.args()), env)).status).toBe(0);
    server.log.length = 0;
    return { server, first: await firstOf(server.store) };
  }

  test('takes small and large policies that are signed, and goes back', async () => {
    const server = await start({ empty: true });
    expect((await cli(apply(full, ...signed, ...server.args()), env)).status).toBe(0);
    const first = await firstOf(server.store);
    expect((await cli(apply(large, ...signed, ...server.args()), env)).status).toBe(0);
    expect(await versionOf(server.store)).toBe(first + 1);
    await cli(apply(less, ...signed, ...server.args()), env);
    const back = await cli(['policy', 'rollback', String(first + 1), ...signed, ...server.args()], env);
    expect([back.status, back.stdout]).toEqual([
      0,
      expect.stringContaining(`version ${first + 3} is written`),
    ]);
    expect(await versionOf(server.store)).toBe(first + 3);
  });

  test('refuses what is not signed, or by another key', async () => {
    const { server, first } = await startSigned();
    expect(await cli(apply(less, ...server.args()), env)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/policy_unsigned\): give --sign FILE/),
    });
    const { status, stderr } = await cli(apply(less, '--sign', otherFile, ...server.args()), env);
    expect([status, stderr]).toEqual([2, expect.stringContaining('policy_signature_invalid')]);
    const back = await cli(['policy', 'rollback', String(first), ...server.args()], env);
    expect([back.status, back.stderr]).toEqual([2, expect.stringContaining('policy_unsigned')]);
    expect(server.log.every(({ policyVersion }) => policyVersion === undefined)).toBe(true);
  });

  test('is sent a signature of what was planned here, whatever it says on the way', async () => {
    const { server, first } = await startSigned();
    const bodies: string[] = [];
    server.instead = async (request) => {
      if (request.method === 'PUT') bodies.push(await request.clone().text());
      return undefined as never;
    };
    expect((await cli(apply(less, ...signed, ...server.args()), env)).status).toBe(0);
    expect(await versionOf(server.store)).toBe(first + 1);
    const [tried, written] = bodies.map((body) => JSON.parse(body) as Record<string, unknown>);
    expect(tried).toMatchObject({ dryRun: true });
    expect(tried).not.toHaveProperty('signature');
    expect(written).toMatchObject({ expectedVersion: first, signature: { version: first + 1, key } });
    const { d } = JSON.parse(readFileSync(keyFile, 'utf8')) as { d: string };
    expect(bodies.join()).not.toContain(d);
  });

  test('where another version comes in between, nothing is signed again', async () => {
    const { server, first } = await startSigned();
    let sent = 0;
    server.instead = async (_, { method }) => {
      if (method === 'PUT' && ++sent === 2) {
        // as another administrator would
        const { promise, resolve } = Promise.withResolvers<void>();
        void cli(apply(full, ...signed, ...server.args()), env).then(() => resolve());
        await promise;
      }
      return undefined as never;
    };
    const { status, stderr } = await cli(apply(less, ...signed, ...server.args()), env);
    expect([status, stderr]).toEqual([
      6,
      expect.stringContaining(`version ${first + 1} is current (policy_conflict)`),
    ]);
    expect(await versionOf(server.store)).toBe(first + 1);
    expect(sent).toBe(4);
  });
});

describe('a server that says what is not so', () => {
  const servers: AdminServer[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.close())));
  const env = { CALLERID_ADMIN_SECRET: adminSecret };

  /** Alters the answers to one method, and counts what is written. */
  async function lying(method: string, alter: (body: Record<string, unknown>) => object) {
    const server = await AdminServer.start({ empty: true });
    servers.push(server);
    await cli(apply(full, ...signed, ...server.args()), env);
    const first = await firstOf(server.store);
    const written: unknown[] = [];
    server.instead = async (request, seen) => {
      const body = seen.method === 'PUT' ? ((await request.clone().json()) as { signature?: unknown }) : {};
      if (body.signature !== undefined) written.push(body);
      if (seen.method !== method) return undefined as never;
      const { instead } = server;
      server.instead = () => undefined;
      const headers = { ...Object.fromEntries(request.headers) };
      const answer = await fetch(`${server.url}${new URL(request.url).pathname}`, {
        method,
        headers: { authorization: String(headers.authorization), 'content-type': 'application/json' },
        ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
      });
      server.instead = instead;
      return Response.json(alter((await answer.json()) as Record<string, unknown>));
    };
    return { server, first, written };
  }

  const effect = { arn: roleArn('Reader'), before: 'reader', after: 'no_rule', lockedOut: true };
  const finding = { severity: 'error', path: 'rules[0]', message: 'is wrong' };

  test.each<
    [
      what: string,
      alter: (body: Record<string, unknown>) => object,
      args: (first: number) => string[],
      status: number,
      why: string,
    ]
  >([
    [
      'another version than the user means',
      (body) => ({ ...body, version: 7 }),
      (first) => ['--expected-version', String(first)],
      6,
      'policy_conflict',
    ],
    ['another version than its history', (body) => ({ ...body, version: 7 }), () => [], 6, 'policy_conflict'],
    [
      'that somebody would be locked out',
      (body) => ({ ...body, effects: [effect] }),
      () => [],
      6,
      'would_lock_out',
    ],
    ['that the policy is wrong', (body) => ({ ...body, findings: [finding] }), () => [], 2, 'rules[0]'],
  ])('or %s gets no signature', async (_, alter, args, status, why) => {
    const { server, first, written } = await lying('PUT', alter);
    const end = await cli(apply(less, ...args(first), ...signed, ...server.args()), env);
    expect([end.status, end.stderr]).toEqual([status, expect.stringContaining(why)]);
    expect(written).toEqual([]);
  });

  test('is not believed where it names a key: the signature is checked over what came', async () => {
    const get = ['policy', 'get'];
    const honest = await lying('GET', (body) => body);
    const good = await cli([...get, ...honest.server.args()], env);
    expect(good.stdout.split('\n')[0]).toContain(`, signed by ${key}`);
    const { server } = await lying('GET', (body) => ({ ...body, believed: true, policy: { rules: [] } }));
    const { status, stdout, stderr } = await cli([...get, ...server.args()], env);
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining('is not what was signed')]);
    const anyway = await cli([...get, '--unbelieved', ...server.args()], env);
    expect(anyway.stdout.split('\n')[0]).toMatch(
      /, NOT believed: version \d+ of the policy is not what was signed/,
    );
  });
});

test('serve --policy does not take a file for signed', async () => {
  const env = {
    CALLERID_CLUSTER: cluster,
    CALLERID_API_SERVER_AUTH: 'none',
    CALLERID_POLICY_KEYS: key,
  };
  const { status, stderr } = await cli(['serve', '--policy', full, '--port', '0'], env);
  expect([status, stderr]).toEqual([2, expect.stringContaining('is not signed')]);
});

test('doctor says whether a policy is signed as it has to be', async () => {
  const { store, args } = newStore();
  const env = {
    CALLERID_CLUSTER: cluster,
    CALLERID_API_SERVER_SECRET_SHA256: 'a'.repeat(64),
    CALLERID_POLICY: args[1] ?? '',
    CALLERID_POLICY_KEYS: key,
    HTTPS_PROXY: 'http://127.0.0.1:9', // no way to STS, which is not what this is about
    NODE_USE_ENV_PROXY: '1',
  };
  const seen = async () => {
    const { stdout } = await cli(['doctor', '-o', 'json', '--timeout', '1'], env);
    const { examinations } = JSON.parse(stdout) as {
      examinations: { checks: { name: string; state: string; seen: string }[] }[];
    };
    const check = examinations
      .flatMap(({ checks }) => checks)
      .find(({ name }) => name === `policy ${cluster}`);
    return [check?.state, check?.seen];
  };
  await cli(apply(full, ...args));
  expect(await seen()).toEqual(['fail', 'version 1 of the policy is not signed, so nobody is let in']);
  await cli(apply(full, '--unbelieved', ...signed, ...args));
  expect(await seen()).toEqual(['ok', `version 2, signed by ${key.slice(0, 8)}, 2 rules`]);
  const text = (await store.get(policyKey(cluster))) ?? '';
  const forged = JSON.stringify({ ...JSON.parse(text), policy: { rules: [] } });
  await store.put(policyKey(cluster), forged);
  expect(await seen()).toEqual([
    'fail',
    'version 2 of the policy is not what was signed, so nobody is let in',
  ]);
  const { CALLERID_POLICY_KEYS: _, ...open } = env;
  const { stdout } = await cli(['doctor', '-o', 'json', '--timeout', '1'], open);
  expect(stdout).toContain('version 2 of the policy is not what was signed');
  expect(stdout).not.toContain('signed by');
});
