/**
 * The reference: what `callerid token` signs is good for aws-iam-authenticator, too.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { goProgram } from '../go.ts';
import { ownEnvironment } from '../processes.ts';
import type { Check } from '../suite.ts';
import { sign } from './clients.ts';
import type { People } from './place.ts';
import type { Ground } from './runtime.ts';
import { account } from './world.ts';

const run = promisify(execFile);
const cluster = 'reference.example.com';

export async function referenceChecks(
  check: Check,
  { home, world, clients }: Ground,
  { admin }: People,
): Promise<void> {
  const authenticator = await goProgram('aws-iam-authenticator');
  const ca = join(home, 'reference-ca.pem');
  writeFileSync(ca, world.server.caPem);
  const env = { ...ownEnvironment(), HTTPS_PROXY: world.server.proxyUrl, SSL_CERT_FILE: ca };
  const verify = (token: string) =>
    run(authenticator, ['verify', '--token', token, '--cluster-id', cluster, '--output', 'json'], { env });

  await check('aws-iam-authenticator verify accepts a token of callerid', async () => {
    const { stdout } = await verify(await sign(clients, 'callerid', admin.principal, cluster));
    const identity = JSON.parse(stdout);
    assert.equal(identity.CanonicalARN, `arn:aws:iam::${account}:role/KubernetesAdmin`);
    assert.equal(identity.SessionName, 'alice@example.com');
  });
  await check('and refuses one for another cluster', async () => {
    const token = await sign(clients, 'callerid', admin.principal, 'other.example.com');
    await assert.rejects(verify(token), /SignatureDoesNotMatch|403/);
  });
}
