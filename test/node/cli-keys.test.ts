/**
 * `callerid keys`: the file with the signing keys, and what is never printed of it.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, test } from 'vitest';
import { standings, stillNeeded } from '../../src/cli/keys/lifecycle.ts';
import { maxSigningKeys, parseSigningKeys, type SigningJwk } from '../../src/oidc/key-file.ts';
import { readSigningKeys } from '../../src/oidc/signing-keys.ts';
import { keyDraft, keyText, privateMembers } from '../support/signing-keys.ts';
import { cliIn, type Run, temporaryDirectory } from './cli.ts';

const home = temporaryDirectory();
const { cli } = cliIn(home);
const hour = 3_600_000;
let number = 0;

/** A name in a directory of its own. */
function fresh(): string {
  const directory = join(home, `case-${number++}`);
  mkdirSync(directory);
  return join(directory, 'keys.json');
}

interface FileKey extends Record<string, unknown> {
  readonly kid: string;
  readonly alg: string;
  readonly signFrom: string;
}

const keysOf = (file: string): FileKey[] => JSON.parse(readFileSync(file, 'utf8')).keys;

/** A time so long from now, as a file has it. */
const fromNow = (ms: number): string => new Date(Date.now() + ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** A file with keys that sign from so long after now, by their IDs. */
async function fileOf(times: Readonly<Record<string, number>>): Promise<string> {
  const file = fresh();
  const keys = Object.entries(times).map(([kid, ms]) => keyDraft(kid, { signFrom: fromNow(ms) }));
  writeFileSync(file, keyText(...(await Promise.all(keys))), { mode: 0o600 });
  return file;
}

/** Nothing private of any of these files is in what was printed. */
function expectSecret({ stdout, stderr }: Run, ...keys: readonly Record<string, unknown>[]): void {
  for (const key of keys) {
    for (const name of privateMembers) {
      if (typeof key[name] === 'string') expect(stdout + stderr).not.toContain(key[name]);
    }
  }
}

describe('create', () => {
  test.each([
    ['RS256', []],
    ['RS256', ['--algorithm', 'RS256']],
    ['ES256', ['--algorithm', 'ES256']],
  ])(
    '%s: a key that a deployment takes, for its owner alone, called by its thumbprint',
    async (alg, flags) => {
      const file = fresh();
      const run = await cli(['keys', 'create', '--out', file, ...flags]);
      expect(run).toMatchObject({ status: 0, stdout: '' });
      const [key, ...others] = keysOf(file);
      expect(others).toEqual([]);
      expect(key).toMatchObject({ alg, use: 'sig', kid: await calculateJwkThumbprint(key as never) });
      expect(readSigningKeys(readFileSync(file, 'utf8')).current(Date.now())?.kid).toBe(key?.kid);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expectSecret(run, key!);
      expect(run.stderr).toContain(`wrangler secret put CALLERID_SIGNING_KEYS < ${file}`);
      expect(run.stderr).toContain(`CALLERID_SIGNING_KEYS=file:${file}`);
    },
  );

  test('is another key each time', async () => {
    const files = [fresh(), fresh()];
    for (const file of files) await cli(['keys', 'create', '--out', file, '--algorithm', 'ES256']);
    const [first, second] = files.map((file) => keysOf(file)[0]?.d);
    expect(first).not.toBe(second);
  });

  test.each(['a file', 'a link that leads nowhere'])('never overwrites: %s', async (what) => {
    const file = fresh();
    if (what === 'a file') writeFileSync(file, 'mine');
    else symlinkSync(`${file}.nowhere`, file);
    const run = await cli(['keys', 'create', '--out', file]);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain('is there already');
    if (what === 'a file') expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(existsSync(`${file}.nowhere`)).toBe(false);
  });
});

describe('rotate', () => {
  test('adds a key that signs in an hour, of the algorithm of the newest', async () => {
    const file = await fileOf({ first: -hour });
    const before = Date.now();
    const run = await cli(['keys', 'rotate', file]);
    expect(run).toMatchObject({ status: 0, stdout: '' });
    const [first, added] = keysOf(file);
    expect(first).toEqual(parseSigningKeys(keyText(first), 'x')[0]);
    expect(added?.alg).toBe('ES256');
    const from = Date.parse(added?.signFrom ?? '');
    expect(from).toBeGreaterThanOrEqual(before + hour - 1000);
    expect(from).toBeLessThanOrEqual(Date.now() + hour);
    const keys = readSigningKeys(readFileSync(file, 'utf8'));
    expect([keys.current(Date.now())?.kid, keys.current(from)?.kid]).toEqual(['first', added?.kid]);
    expectSecret(run, first!, added!);
    expect(run.stderr).toContain(`${added?.kid} (ES256) signs from ${added?.signFrom}`);
  });

  test.each([
    [['--lead', '90m'], 1.5 * hour],
    [['--lead', '2d'], 48 * hour],
    [['--lead', '0s'], 0],
  ])('%j', async (flags, lead) => {
    const file = await fileOf({ first: -hour });
    const before = Date.now();
    expect(await cli(['keys', 'rotate', file, '--algorithm', 'RS256', ...flags])).toMatchObject({
      status: 0,
    });
    const { alg, signFrom } = keysOf(file)[1]!;
    expect(alg).toBe('RS256');
    expect(Date.parse(signFrom)).toBeGreaterThanOrEqual(before + lead - 1000);
    expect(Date.parse(signFrom)).toBeLessThanOrEqual(Date.now() + lead);
  });

  test('drops what no JWT can be good of any more, and says so', async () => {
    const file = await fileOf({ oldest: -9 * hour, old: -5 * hour, signing: -3 * hour, next: hour });
    const run = await cli(['keys', 'rotate', file]);
    expect(keysOf(file).map(({ kid }) => kid)).toEqual(['signing', 'next', expect.any(String)]);
    expect(run.stderr).toContain('oldest is dropped');
    expect(run.stderr).toContain('old is dropped');
  });

  test.each([0o600, 0o640])('keeps its mode: %o', async (mode) => {
    const file = await fileOf({ first: -hour });
    chmodSync(file, mode);
    await cli(['keys', 'rotate', file]);
    expect(statSync(file).mode & 0o777).toBe(mode);
    expect(readdirSync(join(file, '..'))).toEqual(['keys.json']);
  });

  test.runIf(process.getuid?.() === 0)('keeps its owner, whom root would lock out', async () => {
    const file = await fileOf({ first: -hour });
    chownSync(file, 1000, 1000);
    await cli(['keys', 'rotate', file]);
    expect(statSync(file)).toMatchObject({ uid: 1000, gid: 1000 });
  });

  test('a ninth key that is needed is refused', async () => {
    const ids = Array.from({ length: maxSigningKeys }, (_, index) => [`k${index}`, index * 60_000] as const);
    const file = await fileOf(Object.fromEntries(ids));
    const text = readFileSync(file, 'utf8');
    const run = await cli(['keys', 'rotate', file]);
    expect(run).toMatchObject({ status: 2 });
    expect(run.stderr).toContain('has 8 keys that are needed');
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('a file that somebody else is changing', async () => {
    const file = await fileOf({ first: -hour });
    const text = readFileSync(file, 'utf8');
    writeFileSync(`${file}.lock`, '');
    expect(await cli(['keys', 'rotate', file])).toMatchObject({ status: 2 });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test.each([['1'], ['1w'], ['-1h'], ['31d'], ['']])('the lead %j is none', async (lead) => {
    const file = await fileOf({ first: -hour });
    expect(await cli(['keys', 'rotate', file, `--lead=${lead}`])).toMatchObject({ status: 2 });
    expect(keysOf(file)).toHaveLength(1);
  });
});

describe('when a key is needed no more', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  const keysAt = async (times: Readonly<Record<string, string>>): Promise<readonly SigningJwk[]> => {
    const drafts = Object.entries(times).map(([kid, signFrom]) => keyDraft(kid, { signFrom }));
    return parseSigningKeys(keyText(...(await Promise.all(drafts))), 'x');
  };

  // [name, when the successor signs, lead in hours, whether the old key stays]
  test.each([
    ['its successor does not sign yet', '2026-11-24T12:00:01Z', 1, true],
    ['its successor signs for less than an hour and the lead', '2026-11-24T10:00:01Z', 1, true],
    ['its successor signs for as long', '2026-11-24T10:00:00Z', 1, false],
    ['with a longer lead it stays', '2026-11-24T10:00:00Z', 2, true],
    ['without a lead an hour is enough', '2026-11-24T11:00:00Z', 0, false],
    ['and no less', '2026-11-24T11:00:01Z', 0, true],
  ])('%s', async (_, signFrom, lead, stays) => {
    const keys = await keysAt({ old: '2026-11-01T00:00:00Z', next: signFrom });
    const kids = stillNeeded(keys, now, lead * hour).map(({ kid }) => kid);
    expect(kids).toEqual(stays ? ['old', 'next'] : ['next']);
  });

  test('the only key is never too old', async () => {
    const keys = await keysAt({ only: '2020-01-01T00:00:00Z' });
    expect(stillNeeded(keys, now, 0)).toEqual(keys);
  });

  test('where each stands, in the order of signing', async () => {
    const keys = await keysAt({
      next: '2026-11-24T13:00:00Z',
      old: '2026-11-23T00:00:00Z',
      signing: '2026-11-24T12:00:00Z',
    });
    expect(standings(keys, now).map(({ key, state, signsUntil }) => [key.kid, state, signsUntil])).toEqual([
      ['old', 'retiring', '2026-11-24T12:00:00Z'],
      ['signing', 'signing', '2026-11-24T13:00:00Z'],
      ['next', 'published', undefined],
    ]);
  });
});

describe('list and public', () => {
  test('a line for each key, and nothing private', async () => {
    const file = await fileOf({ old: -2 * hour, now: -hour, next: hour });
    const run = await cli(['keys', 'list', file]);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const rows = run.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ +/));
    const [old, now, next] = keysOf(file).map(({ signFrom }) => signFrom);
    expect(rows).toEqual([
      ['old', 'ES256', 'retiring', 'from', old, 'until', now],
      ['now', 'ES256', 'signing', 'from', now, 'until', next],
      ['next', 'ES256', 'published', 'from', next],
    ]);
    expectSecret(run, ...keysOf(file));
  });

  test('the JWK set as it is published, from standard input too', async () => {
    const file = await fileOf({ old: -2 * hour, next: hour });
    const text = readFileSync(file, 'utf8');
    for (const run of [await cli(['keys', 'public', file]), await cli(['keys', 'public', '-'], {}, text)]) {
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(JSON.parse(run.stdout)).toEqual(readSigningKeys(text).publicKeys());
      expectSecret(run, ...keysOf(file));
    }
  });
});

describe('retire', () => {
  test('removes a key that leaked', async () => {
    const file = await fileOf({ leaked: -2 * hour, good: -hour });
    const run = await cli(['keys', 'retire', file, 'leaked']);
    expect(run).toMatchObject({ status: 0, stdout: '' });
    expect(run.stderr).toContain('leaked is removed, and good signs');
    expect(keysOf(file).map(({ kid }) => kid)).toEqual(['good']);
  });

  test('whose ID begins with a dash', async () => {
    const file = await fileOf({ '-leaked': -2 * hour, good: -hour });
    expect(await cli(['keys', 'retire', file, '--', '-leaked'])).toMatchObject({ status: 0 });
    expect(keysOf(file).map(({ kid }) => kid)).toEqual(['good']);
  });

  test.each([
    ['the only key', { last: -hour }, 'last', 'no other key may sign yet'],
    ['the only one that may sign', { last: -hour, next: hour }, 'last', 'no other key may sign yet'],
    ['a key that is not there', { last: -hour }, 'other', 'has no such key'],
  ])('%s stays', async (_, times, kid, message) => {
    const file = await fileOf(times as Record<string, number>);
    const text = readFileSync(file, 'utf8');
    const run = await cli(['keys', 'retire', file, kid]);
    expect(run).toMatchObject({ status: 2 });
    expect(run.stderr).toContain(message);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('a leak, from the beginning to the end', async () => {
    const file = await fileOf({ leaked: -hour });
    await cli(['keys', 'rotate', file, '--lead', '0s']);
    expect(await cli(['keys', 'retire', file, 'leaked'])).toMatchObject({ status: 0 });
    const [key, ...others] = keysOf(file);
    expect(others).toEqual([]);
    expect(readSigningKeys(readFileSync(file, 'utf8')).current(Date.now())?.kid).toBe(key?.kid);
  });
});

describe('what is wrong with a file is told, and nothing of it', () => {
  const commands = [['list'], ['public'], ['rotate'], ['retire']];
  test.each(commands)('%s', async (command) => {
    const key = await keyDraft('a');
    const { d, ...half } = key;
    for (const [text, problem] of [
      [`{"keys":[{"d":"${d}`, 'is not JSON'],
      [keyText({ ...key, alg: d }), 'keys[0].alg must be RS256 or ES256'],
      [keyText(half), 'keys[0].d must be there'],
      [keyText({ ...key, kid: '\u001b[31m' }), 'keys[0].kid must be'],
    ] as const) {
      const file = fresh();
      writeFileSync(file, text);
      const run = await cli(['keys', command, file, ...(command === 'retire' ? ['a'] : [])]);
      expect(run).toMatchObject({ status: 2, stdout: '' });
      expect(run.stderr).toContain(problem);
      expect(run.stderr).toContain(file);
      expectSecret(run, key);
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });

  test.each(commands)('no file: %s', async (command) => {
    const run = await cli(['keys', command, fresh(), ...(command === 'retire' ? ['a'] : [])]);
    expect(run).toMatchObject({ status: 2, stdout: '' });
  });
});
