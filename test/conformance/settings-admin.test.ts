/**
 * The settings of the admin API: how administrators prove themselves, and what would make one of somebody else.
 */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { createAdmin } from '../../src/http/admin/admin.ts';
import { createApp } from '../../src/runtime/app.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { MemoryStore } from '../../src/store/memory.ts';

const digest = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const other = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752';
const audience = 'https://callerid.example.com/admin';
const env = { CALLERID_CLUSTER: 'prod.example.com', CALLERID_API_SERVER_SECRET_SHA256: digest };
const admin = (change: object) => readSettings({ ...env, ...change }).admin;

test('there is none without a way to prove oneself', () => {
  expect(admin({})).toBeUndefined();
  expect(admin({ CALLERID_ADMIN_GROUP: 'x' })).toBeUndefined();
});

test.each<[name: string, change: object, expected: object]>([
  [
    'an audience',
    { CALLERID_ADMIN_AUDIENCE: audience },
    { audience, group: 'callerid:admins', secretDigests: [] },
  ],
  ['a group', { CALLERID_ADMIN_AUDIENCE: audience, CALLERID_ADMIN_GROUP: 'ops' }, { group: 'ops' }],
  [
    'a secret',
    { CALLERID_ADMIN_SECRET_SHA256: other },
    { audience: undefined, secretDigests: [expect.any(Uint8Array)] },
  ],
  [
    'two secrets',
    { CALLERID_ADMIN_SECRET_SHA256: `${other}, ${'0'.repeat(64)}` },
    { secretDigests: [expect.any(Uint8Array), expect.any(Uint8Array)] },
  ],
])('takes %s', (_, change, expected) => {
  expect(admin(change)).toMatchObject(expected);
});

describe('is refused with', () => {
  test.each<[attack: string, change: object, setting: string, message: string]>([
    [
      'the audience of the cluster',
      { CALLERID_ADMIN_AUDIENCE: 'prod.example.com' },
      'CALLERID_ADMIN_AUDIENCE',
      'the audience of a cluster',
    ],
    [
      'the audience of a further cluster',
      {
        CALLERID_ADMIN_AUDIENCE: 'b.example.com',
        CALLERID_CLUSTERS: { b: { audience: 'b.example.com', apiServerAuth: 'none' } },
      },
      'CALLERID_ADMIN_AUDIENCE',
      'the audience of a cluster',
    ],
    [
      'a name that an EKS cluster could have',
      { CALLERID_ADMIN_AUDIENCE: 'admin' },
      'CALLERID_ADMIN_AUDIENCE',
      'EKS cluster',
    ],
    [
      'an audience with doubled spaces',
      { CALLERID_ADMIN_AUDIENCE: 'https://a  b' },
      'CALLERID_ADMIN_AUDIENCE',
      'doubled spaces',
    ],
    [
      'the secret itself',
      { CALLERID_ADMIN_SECRET_SHA256: 'my-admin-secret' },
      'CALLERID_ADMIN_SECRET_SHA256',
      'SHA-256',
    ],
    [
      'three secrets',
      { CALLERID_ADMIN_SECRET_SHA256: [other, other, other].join() },
      'CALLERID_ADMIN_SECRET_SHA256',
      'one or two',
    ],
    [
      'the secret of the API server',
      { CALLERID_ADMIN_SECRET_SHA256: digest.toUpperCase() },
      'CALLERID_ADMIN_SECRET_SHA256',
      'secret of an API server',
    ],
    [
      'a group that values complete',
      { CALLERID_ADMIN_AUDIENCE: audience, CALLERID_ADMIN_GROUP: 'a:{{SessionName}}' },
      'CALLERID_ADMIN_GROUP',
      'not a name',
    ],
    [
      'a group with a space',
      { CALLERID_ADMIN_AUDIENCE: audience, CALLERID_ADMIN_GROUP: 'a b' },
      'CALLERID_ADMIN_GROUP',
      'not a name',
    ],
  ])('%s', (_, change, setting, message) => {
    expect(() => admin(change)).toThrow(ConfigurationError);
    expect(() => admin(change)).toThrow(setting);
    expect(() => admin(change)).toThrow(message);
    expect(() => admin(change)).not.toThrow('my-admin-secret');
  });
});

describe('in a deployment', () => {
  const parts = {
    store: new MemoryStore(),
    taskContext: () => undefined,
    clientCertificate: undefined,
    log: () => {},
  };
  const ask = async (writer: MemoryStore | undefined, change: object): Promise<number> => {
    const app = createApp(readSettings({ ...env, ...change }), { ...parts, writer, createAdmin });
    return (await app.fetch(new Request('https://x/clusters/prod.example.com/policy'))).status;
  };

  test('it is there where it is configured and something can write', async () => {
    expect(await ask(new MemoryStore(), { CALLERID_ADMIN_AUDIENCE: audience })).toBe(401);
    expect(await ask(new MemoryStore(), {})).toBe(404);
    await expect(ask(undefined, { CALLERID_ADMIN_AUDIENCE: audience })).rejects.toThrow(
      'nothing that can write',
    );
  });
});
