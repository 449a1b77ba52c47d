/**
 * Signing keys in a file: read anew when asked, and told of where others can read them.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono/tiny';
import { expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import type { IssuerModule } from '../../src/runtime/issuer-part.ts';
import { issuerFromFile } from '../../src/runtime/signing-key-file.ts';
import { temporaryDirectory } from './cli.ts';

const directory = temporaryDirectory();
const path = join(directory, 'keys.json');
const origin = 'https://callerid.example.com';
const about = (signingKeys: string) => ({ issuer: { origin, signingKeys } });

/** Keys are a word here, and `broken` is none. */
const module: IssuerModule<string, string> = {
  createIssuer: ({ issuers }) => new Hono().get('/', (c) => c.text(issuers[0]?.keys.current(0) ?? '')),
  readSigningKeys: (text) => {
    if (text === 'broken') throw new ConfigurationError('CALLERID_SIGNING_KEYS', 'is not JSON', 'Make keys.');
    const check = async () => {
      if (text === 'mixed')
        throw new ConfigurationError('CALLERID_SIGNING_KEYS', 'does not work', 'Make keys.');
    };
    return { current: () => (text === 'later' ? undefined : text) as string, publicKeys: () => text, check };
  },
};

function opened(value: string) {
  const warnings: string[] = [];
  const issuing = issuerFromFile(about(value), module, (warning) => warnings.push(warning))!;
  const options = { taskContext: () => undefined, log: () => {} };
  const app = issuing.createIssuer({ ...options, issuers: [{ id: 'a' } as never] });
  return { ...issuing, warnings, signer: async () => (await app.request('/')).text() };
}

test('a broken new file keeps the old keys', async () => {
  writeFileSync(path, 'old', { mode: 0o600 });
  const { reload, signer, warnings } = opened(`file:${path}`);
  expect(await signer()).toBe('old');
  for (const [text, problem] of [
    ['broken', 'is not JSON'],
    ['mixed', 'does not work'],
    ['later', 'may sign yet'],
  ] as const) {
    writeFileSync(path, text);
    await expect(reload?.()).rejects.toThrow(problem);
    expect(await signer()).toBe('old');
  }
  writeFileSync(path, 'new');
  await reload?.();
  expect(await signer()).toBe('new');
  expect(warnings).toEqual([]);
});

test.runIf(process.platform !== 'win32').each([0o640, 0o604, 0o620])('mode %o is told', (mode) => {
  writeFileSync(path, 'keys');
  chmodSync(path, mode);
  const { warnings } = opened(`file:${path}`);
  expect(warnings).toEqual([expect.stringContaining('chmod 600')]);
  expect(warnings.join()).not.toContain(directory);
});

test('keys in the setting are not read anew', async () => {
  const { reload, signer } = opened('word');
  expect([reload, await signer()]).toEqual([undefined, 'word']);
});

test('nothing is read where nothing is wanted', () => {
  expect(issuerFromFile({}, module, () => {})).toBeUndefined();
  expect(issuerFromFile(about('file:/nowhere'), undefined, () => {})).toBeUndefined();
});

const big = join(directory, 'big');
writeFileSync(big, 'x'.repeat(64 * 1024 + 1));
mkdirSync(join(directory, 'folder'));

test.each([
  ['no file', join(directory, 'none'), /ENOENT/],
  ['a directory', join(directory, 'folder'), /EINVAL|EISDIR/],
  ['a device without end', '/dev/zero', /EINVAL/],
  ['a file without measure', big, /EFBIG/],
])('%s is an error without the path', (_, file, code) => {
  expect(() => opened(`file:${file}`)).toThrow(code);
  expect(() => opened(`file:${file}`)).not.toThrow(new RegExp(file));
});
