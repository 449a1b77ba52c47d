/**
 * A deployment asks STS about one token twice, as long as an API server tries it.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import { createApp } from '../../src/runtime/app.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { signToken } from '../../src/token/sign.ts';
import { host, people, prod, region } from '../support/deployment.ts';

afterEach(() => void vi.restoreAllMocks());

test('STS throttles five turns long', async () => {
  const sts = createStsEmulator({ principals: [people.admin] });
  vi.spyOn(globalThis, 'fetch').mockImplementation(sts.fetch as typeof fetch);
  sts.setFault({ type: 'throttle' });
  const app = createApp(readSettings({ CALLERID_CLUSTER: prod, CALLERID_API_SERVER_AUTH: 'none' }), {
    store: new MemoryStore(),
    writer: undefined,
    createAdmin: undefined,
    taskContext: () => undefined,
    clientCertificate: undefined,
    log: () => {},
  });
  const { accessKeyId, secretAccessKey, sessionToken } = people.admin;
  const options = { audience: prod, endpoint: { host, region } };
  const { token } = await signToken({ accessKeyId, secretAccessKey, sessionToken }, options);
  for (let turn = 0; turn < 5; turn++) {
    const response = await app.fetch(
      new Request('https://webhook.example.net/authenticate', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenReview',
          spec: { token },
        }),
      }),
    );
    expect(response.status).toBe(429);
  }
  expect(sts.calls).toHaveLength(2);
});
