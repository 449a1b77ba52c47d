/**
 * The settings by which clusters issue JWTs: what must go together, and what nobody else may be called.
 */
import { Hono } from 'hono/tiny';
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { createApp, type Parts } from '../../src/runtime/app.ts';
import { type ClusterIssuer, issuerWith } from '../../src/runtime/issuer-part.ts';
import { createMisconfiguredApp } from '../../src/runtime/misconfigured.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { assertKeysInSetting, HeldKeys, signingKeyText } from '../../src/runtime/signing-keys.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { thrown } from '../support/thrown.ts';

const secret = 'SECRET-private-key';
const origin = 'https://callerid.example.com';
const env = {
  CALLERID_CLUSTER: 'prod.example.com',
  CALLERID_API_SERVER_AUTH: 'none',
  CALLERID_ISSUER: origin,
  CALLERID_TOKEN_AUDIENCE: 'prod-api.example.com',
  CALLERID_SIGNING_KEYS: secret,
};
const url = `${origin}/clusters/prod.example.com`;
const further = (settings: object) => ({
  CALLERID_CLUSTERS: { b: { audience: 'b.example.com', apiServerAuth: 'none', ...settings } },
});
const without = (...names: (keyof typeof env)[]) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name as keyof typeof env)));

test('there is none without the settings', () => {
  const plain = without('CALLERID_ISSUER', 'CALLERID_TOKEN_AUDIENCE', 'CALLERID_SIGNING_KEYS');
  expect(readSettings(plain).issuer).toBeUndefined();
});

test.each<[name: string, change: object]>([
  ['a cluster that issues', {}],
  ['the audience of the cluster as that of its JWTs', { CALLERID_TOKEN_AUDIENCE: 'prod.example.com' }],
  ['a further cluster that issues none', further({})],
  ['a further cluster that issues too', further({ tokenAudience: 'b.example.com' })],
  [
    'a further cluster in shadow mode that issues none',
    further({ shadow: { url: 'https://x.example.com/' } }),
  ],
  ['plain HTTP on this machine', { CALLERID_ISSUER: 'http://127.0.0.1:28443' }],
  ['a port', { CALLERID_ISSUER: 'https://callerid.example.com:8443' }],
])('takes %s', (_, change) => {
  expect(readSettings({ ...env, ...change }).issuer).toMatchObject({ signingKeys: secret });
});

const inShadow = { CALLERID_SHADOW_URL: 'https://old.example.com/authenticate' };

describe('is refused with', () => {
  test.each<[attack: string, given: object, setting: string, problem: string]>([
    [
      'no issuer, though a cluster would',
      without('CALLERID_ISSUER', 'CALLERID_SIGNING_KEYS'),
      'CALLERID_ISSUER',
      'tokenAudience',
    ],
    [
      'keys alone',
      without('CALLERID_ISSUER', 'CALLERID_TOKEN_AUDIENCE'),
      'CALLERID_ISSUER',
      'CALLERID_SIGNING_KEYS is',
    ],
    ['no cluster that issues', without('CALLERID_TOKEN_AUDIENCE'), 'CALLERID_TOKEN_AUDIENCE', 'not set'],
    ['no keys', without('CALLERID_SIGNING_KEYS'), 'CALLERID_SIGNING_KEYS', 'not set'],
    ['an empty secret', { ...env, CALLERID_SIGNING_KEYS: '' }, 'CALLERID_SIGNING_KEYS', 'not set'],
    [
      'plain HTTP elsewhere',
      { ...env, CALLERID_ISSUER: 'http://callerid.example.com' },
      'CALLERID_ISSUER',
      'plain HTTP',
    ],
    [
      'a host that only begins as this machine',
      { ...env, CALLERID_ISSUER: 'http://127.0.0.1.example.com' },
      'CALLERID_ISSUER',
      'plain HTTP',
    ],
    [
      'capitals',
      { ...env, CALLERID_ISSUER: 'https://Callerid.example.com' },
      'CALLERID_ISSUER',
      'not an origin',
    ],
    ['a path', { ...env, CALLERID_ISSUER: `${origin}/x` }, 'CALLERID_ISSUER', 'not an origin'],
    ['a slash behind', { ...env, CALLERID_ISSUER: `${origin}/` }, 'CALLERID_ISSUER', 'not an origin'],
    [
      'a password',
      { ...env, CALLERID_ISSUER: `https://u:${secret}@x.example.com` },
      'CALLERID_ISSUER',
      'not an origin',
    ],
    [
      'a name too long to be signed',
      { ...env, CALLERID_ISSUER: `https://${'a.'.repeat(120)}example.com` },
      'CALLERID_ISSUER',
      'too long',
    ],
    [
      'an audience of JWTs with doubled spaces',
      { ...env, CALLERID_TOKEN_AUDIENCE: 'a  b' },
      'CALLERID_TOKEN_AUDIENCE',
      'must be',
    ],
    [
      'an audience of JWTs without end',
      { ...env, CALLERID_TOKEN_AUDIENCE: 'a'.repeat(257) },
      'CALLERID_TOKEN_AUDIENCE',
      'must be',
    ],
    [
      'one audience of JWTs for two clusters',
      { ...env, ...further({ tokenAudience: 'prod-api.example.com' }) },
      'CALLERID_TOKEN_AUDIENCE',
      'the same',
    ],
    [
      'JWTs that are subject tokens of their own issuer',
      { ...env, CALLERID_TOKEN_AUDIENCE: url },
      'CALLERID_TOKEN_AUDIENCE',
      'URL of an issuer',
    ],
    [
      'JWTs that are subject tokens of another issuer',
      { ...env, ...further({ tokenAudience: url }) },
      'CALLERID_TOKEN_AUDIENCE',
      'URL of an issuer',
    ],
    ['a cluster in shadow mode', { ...env, ...inShadow }, 'CALLERID_TOKEN_AUDIENCE', 'shadow mode'],
    [
      'a webhook whose API server could exchange what it is sent',
      { ...env, CALLERID_AUDIENCE: url },
      'CALLERID_AUDIENCE',
      'URL of an issuer',
    ],
    [
      'another webhook that could',
      { ...env, ...further({ audience: url }) },
      'CALLERID_AUDIENCE',
      'URL of an issuer',
    ],
    [
      'an admin API whose tokens are sent there',
      { ...env, CALLERID_ADMIN_AUDIENCE: url },
      'CALLERID_ADMIN_AUDIENCE',
      'URL of an issuer',
    ],
    [
      'a webhook with the URL of an issuer and a suffix',
      { ...env, CALLERID_AUDIENCE: `${url}#x` },
      'CALLERID_AUDIENCE',
      'without #',
    ],
    [
      'an admin API with such a URL',
      { ...env, CALLERID_ADMIN_AUDIENCE: `${url}#x` },
      'CALLERID_ADMIN_AUDIENCE',
      'without #',
    ],
  ])('%s', async (_, given, setting, problem) => {
    const error = thrown(() => readSettings(given as never)) as ConfigurationError;
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ setting });
    expect(error.message).toContain(problem);
    const ready = await createMisconfiguredApp(error).fetch(new Request('https://x.example.com/readyz'));
    for (const text of [error.message, await ready.text()]) expect(text).not.toContain(secret);
  });
});

describe('the app', () => {
  const store = new MemoryStore();
  const parts: Parts = {
    store,
    writer: undefined,
    createAdmin: undefined,
    taskContext: () => undefined,
    clientCertificate: undefined,
    log: () => {},
  };
  const settings = readSettings({ ...env, ...further({}) });

  test('has a verifier for the URL of the issuer, apart from that of the webhook, and the same keys for all', async () => {
    const keys = { current: () => undefined, publicKeys: () => ({ keys: [] }) };
    let seen: readonly (ClusterIssuer & { readonly keys: unknown })[] = [];
    const app = createApp(settings, {
      ...parts,
      createIssuer: issuerWith(({ issuers }) => {
        seen = issuers;
        return new Hono().post('/clusters/:cluster/token', (c) => c.text('issuer'));
      }, keys),
    });
    expect(seen).toEqual([
      expect.objectContaining({ id: 'prod.example.com', url, audience: 'prod-api.example.com' }),
    ]);
    expect(seen[0]?.verifier.audience).toBe(url);
    expect(seen[0]?.keys).toBe(keys);
    const ask = async (path: string) => {
      const answer = await app.fetch(new Request(`${origin}${path}`, { method: 'POST' }));
      return [answer.status, (await answer.text()).slice(0, 6)];
    };
    expect(await ask('/clusters/prod.example.com/token')).toEqual([200, 'issuer']);
    expect((await ask('/clusters/prod.example.com/authenticate'))[0]).toBe(415);
  });

  test('a build without issuers refuses the settings', () => {
    expect(thrown(() => createApp(settings, parts))).toMatchObject({
      setting: 'CALLERID_ISSUER',
      problem: 'this build has no issuer',
    });
  });
});

describe('signing keys', () => {
  test('a file is none on Workers', () => {
    expect(assertKeysInSetting(secret)).toBe(secret);
    const error = thrown(() => assertKeysInSetting(`file:/${secret}`));
    expect(error).toMatchObject({
      setting: 'CALLERID_SIGNING_KEYS',
      problem: expect.stringContaining('Workers'),
    });
    expect(String(error)).not.toContain(secret);
  });

  test('a file that cannot be read is told without its path', () => {
    expect(signingKeyText('file:keys.json', (path) => `text of ${path}`)).toBe('text of keys.json');
    const error = thrown(() =>
      signingKeyText(`file:${secret}`, (path) => {
        throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
      }),
    );
    expect(error).toMatchObject({ problem: 'its file cannot be read (ENOENT)' });
    expect(String(error)).not.toContain(secret);
  });

  test('new ones that do not do leave the old ones in use', async () => {
    let name: string | undefined = 'old';
    const held = new HeldKeys(() => {
      if (name === undefined) throw new ConfigurationError('CALLERID_SIGNING_KEYS', 'is not JSON', '');
      const of = name;
      return { current: () => of, publicKeys: () => [of], check: async () => {} };
    });
    name = undefined;
    await expect(held.reload()).rejects.toThrow('is not JSON');
    expect([held.current(0), held.publicKeys()]).toEqual(['old', ['old']]);
    name = 'new';
    await held.reload();
    expect([held.current(0), held.publicKeys()]).toEqual(['new', ['new']]);
  });
});
