/**
 * A build that is a webhook alone: a setting of what it lacks is an error that says so, and the rest is as in any other.
 */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { leftOut } from '../../src/runtime/left-out.ts';
import { createMisconfiguredApp } from '../../src/runtime/misconfigured.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { createWebhookApp } from '../../src/runtime/webhook-app.ts';
import { readWebhookSettings } from '../../src/runtime/webhook-settings.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { thrown } from '../support/thrown.ts';

const secret = 'SECRET-in-the-wrong-place';
const env = { CALLERID_CLUSTER: 'prod.example.com', CALLERID_API_SERVER_AUTH: 'none' };
const further = (fields: object) => ({
  CALLERID_CLUSTERS: { b: { audience: 'b.example.com', apiServerAuth: 'none', ...fields } },
});

describe('is refused', () => {
  test.each<[name: string, change: object, setting: string, problem: string]>([
    [
      'an audience of administrators',
      { CALLERID_ADMIN_AUDIENCE: secret },
      'CALLERID_ADMIN_AUDIENCE',
      'this build has no admin API',
    ],
    [
      'a secret of administrators',
      { CALLERID_ADMIN_SECRET_SHA256: secret },
      'CALLERID_ADMIN_SECRET_SHA256',
      'this build has no admin API',
    ],
    ['an issuer', { CALLERID_ISSUER: secret }, 'CALLERID_ISSUER', 'this build has no issuer'],
    ['signing keys', { CALLERID_SIGNING_KEYS: secret }, 'CALLERID_SIGNING_KEYS', 'this build has no issuer'],
    [
      'an audience of JWTs',
      { CALLERID_TOKEN_AUDIENCE: secret },
      'CALLERID_TOKEN_AUDIENCE',
      'this build has no issuer',
    ],
    [
      'an audience of JWTs of a further cluster',
      further({ tokenAudience: secret }),
      'CALLERID_TOKEN_AUDIENCE',
      'this build has no issuer',
    ],
    [
      'issuers of JWTs',
      { CALLERID_AWS_JWT_ISSUERS: JSON.stringify([secret]) },
      'CALLERID_AWS_JWT_ISSUERS',
      'this build takes no JWTs',
    ],
    [
      'issuers of JWTs of a further cluster',
      further({ awsJwtIssuers: secret }),
      'CALLERID_CLUSTERS.b.awsJwtIssuers',
      'this build takes no JWTs',
    ],
  ])('%s', async (_, change, setting, problem) => {
    const error = thrown(() => readWebhookSettings({ ...env, ...change }, leftOut)) as ConfigurationError;
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ setting, problem, fix: expect.stringContaining('cloudflare.ts') });
    const ready = await createMisconfiguredApp(error).fetch(new Request('https://x.example.com/readyz'));
    expect(ready.status).toBe(503);
    for (const text of [error.message, await ready.text()]) {
      expect(text).toContain(problem);
      expect(text).not.toContain(secret);
    }
  });
});

test('without those it reads what any other build reads, and serves the webhook', async () => {
  const given = { ...env, ...further({ shadow: { url: 'https://other.example.com/' } }) };
  const settings = readWebhookSettings(given, leftOut);
  expect(settings).toEqual(readSettings(given));
  const app = createWebhookApp(settings, {
    store: new MemoryStore(),
    taskContext: () => undefined,
    clientCertificate: undefined,
    log: () => {},
  });
  const statusOf = async (path: string, method = 'POST') =>
    (await app.fetch(new Request(`https://x.example.com${path}`, { method }))).status;
  expect(await statusOf('/authenticate')).toBe(415);
  expect(await statusOf('/clusters/b/authenticate')).toBe(415);
  expect(await statusOf('/healthz', 'GET')).toBe(200);
  expect(await statusOf('/clusters/b/policy', 'GET')).toBe(404);
  expect(await statusOf('/clusters/b/token')).toBe(404);
});
