/**
 * The settings of shadow mode: where the other authenticator may be, and that every start says who decides.
 */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { readSettings } from '../../src/runtime/settings.ts';

const digest = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'; // of "test"
const base = { CALLERID_CLUSTER: 'prod.example.com', CALLERID_API_SERVER_SECRET_SHA256: digest };
const other = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752';
const url = 'https://127.0.0.1:21362/authenticate';

function ofCluster(shadow: unknown) {
  return {
    ...base,
    CALLERID_CLUSTERS: { 'staging.example.com': { apiServerSecretSha256: [other], shadow } },
  };
}

function problemOf(env: Readonly<Record<string, unknown>>): string {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error('these settings were taken');
}

test('without it there is none', () => {
  expect(readSettings(base).clusters[0]?.shadow).toBeUndefined();
});

describe('a URL that is taken', () => {
  test.each([
    url,
    'https://authenticator.kube-system.svc:21362/authenticate',
    'https://[::1]:21362/authenticate',
  ])('%s', (taken) => {
    const own = readSettings({ ...base, CALLERID_SHADOW_URL: taken });
    expect(own.clusters[0]?.shadow).toEqual({ url: taken });
    expect(readSettings(ofCluster({ url: taken })).clusters[1]?.shadow).toEqual({ url: taken });
  });
});

describe('a URL that is refused, and never repeated', () => {
  test.each<[attack: string, url: unknown]>([
    ['a variable that came to nothing, by which the policy would decide', ''],
    ['tokens in the clear, to another machine', 'http://authenticator.example/authenticate'],
    ['tokens in the clear, through a proxy that could let anybody in', 'http://127.0.0.1:21362/authenticate'],
    ['the same by name', 'http://localhost:21362/authenticate'],
    ['a name that only begins like loopback', 'http://127.0.0.1.example/authenticate'],
    ['a name that only begins like localhost', 'http://localhost.example/authenticate'],
    ['all addresses for loopback', 'http://0.0.0.0:21362/authenticate'],
    ['a password', 'https://user:hunter2@127.0.0.1/authenticate'],
    ['a user', 'https://user@127.0.0.1/authenticate'],
    ['loopback as user info', 'http://127.0.0.1@authenticator.example/'],
    ['a fragment', `${url}#a`],
    ['an empty fragment', `${url}#`],
    ['a path', '/authenticate'],
    ['a host alone', '127.0.0.1:21362'],
    ['another protocol', 'ftp://127.0.0.1/authenticate'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:application/json,{}'],
    ['a number', 1],
    ['a list', [url]],
    ['null', null],
  ])('%s', (_, refused) => {
    const cluster = problemOf(ofCluster({ url: refused }));
    expect(cluster).toMatch(/^CALLERID_CLUSTERS\.staging\.example\.com\.shadow: must be /);
    expect(cluster).not.toContain('hunter2');
    if (typeof refused !== 'string') return;
    const own = problemOf({ ...base, CALLERID_SHADOW_URL: refused });
    expect(own).toMatch(/^CALLERID_SHADOW_URL: must be an https URL .*See docs/);
    if (refused !== '') expect(own).not.toContain(refused);
  });

  test.each<[name: string, shadow: unknown]>([
    ['a text', url],
    ['an object without a URL', {}],
    ['a credential, which nobody would use', { url, token: 'secret-0123' }],
    ['a list', [{ url }]],
    ['true', true],
    ['null', null],
  ])('in place of an object: %s', (_, shadow) => {
    expect(problemOf(ofCluster(shadow))).toMatch(
      /^CALLERID_CLUSTERS\.staging\.example\.com\.shadow: must be /,
    );
  });

  test('without a cluster that it would be for', () => {
    expect(problemOf({ CALLERID_SHADOW_URL: url })).toMatch(
      /^CALLERID_CLUSTER: not set, though CALLERID_SHADOW_URL is/,
    );
  });
});

describe('every start says that another decides', () => {
  test('by the variable, or the cluster', () => {
    const settings = readSettings({ ...ofCluster({ url }), CALLERID_SHADOW_URL: url });
    expect(settings.warnings).toEqual([
      expect.stringMatching(
        /^CALLERID_SHADOW_URL: shadow mode: .* decides for prod\.example\.com, not the policy here/,
      ),
      expect.stringMatching(
        /^CALLERID_CLUSTERS\.staging\.example\.com\.shadow: shadow mode: .* decides for staging/,
      ),
    ]);
  });

  test('and the API server has to prove itself as ever', () => {
    expect(problemOf({ CALLERID_CLUSTER: 'a.b', CALLERID_SHADOW_URL: url })).toMatch(/anybody could ask/);
  });
});
