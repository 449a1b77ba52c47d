/**
 * Who is let in without a webhook, and as whom.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { stringify } from 'yaml';
import { type Clients, kubectl, signingEnvironment } from '../cluster/clients.ts';
import { callerid } from '../cluster/deployment.ts';
import { developers, whoIs } from '../cluster/place.ts';
import { account, region } from '../cluster/world.ts';
import type { Check } from '../suite.ts';
import type { Api } from './api-servers.ts';
import { type IssuerStage, orders } from './stage.ts';

const plugin = ['token', '--exchange', orders.issuer, '--region', region];

export async function signInChecks(
  check: Check,
  stage: IssuerStage,
  clients: Clients,
  api: Api,
): Promise<void> {
  const { name } = api;
  const { developer, admin } = stage.people;
  const kubeconfig = makeKubeconfig(api);
  const env = { ...stage.environment, XDG_CACHE_HOME: join(api.home, 'cache') };
  const run = (...args: string[]) => kubectl(clients, kubeconfig, developer.principal, args, env);

  await check(`${name}: what callerid token --exchange prints is who the policy says`, async () => {
    const own = { ...signingEnvironment(clients, developer.principal), ...stage.environment };
    const { status } = JSON.parse(await callerid(plugin, own));
    const claims = decodeJwt(status.token);
    assert.equal(claims.iss, orders.issuer);
    assert.equal(claims.aud, orders.audience);
    assert.ok(Date.parse(status.expirationTimestamp) <= Number(claims.exp) * 1000);
    assert.deepEqual(named(await whoIs(api, status.token)), ['bob', [developers, 'system:authenticated']]);
  });
  await check(`${name}: kubectl with the exec plugin is the same, and exchanges once`, async () => {
    await run('version');
    const before = stage.exchanges;
    const { stdout, stderr } = await run('auth', 'whoami', '--output', 'json');
    assert.ok(stdout, stderr);
    const { username, groups } = JSON.parse(stdout).status.userInfo;
    assert.deepEqual([username, groups], ['bob', [developers, 'system:authenticated']]);
    assert.equal(stage.exchanges, before);
  });
  await check(`${name}: kubectl may what RBAC allows, and nothing else`, async () => {
    const allowed = await run('get', 'configmaps');
    assert.ok(allowed.ok, allowed.stderr);
    const denied = await run('get', 'secrets');
    assert.ok(!denied.ok);
    assert.match(denied.stderr, /secrets is forbidden: User "bob" cannot list resource "secrets"/);
  });
  await check(`${name}: a role session has its name in the username`, async () => {
    const token = await stage.exchange(admin, orders);
    const expected = ['admin:alice-example.com', ['platform-admins', 'system:authenticated']];
    assert.deepEqual(named(await whoIs(api, token)), expected);
  });
}

export async function extraChecks(check: Check, stage: IssuerStage, api: Api): Promise<void> {
  await check(`${api.name}: audit tells of the ARN, the account, the session and the JWT`, async () => {
    const token = await stage.exchange(stage.people.admin, orders);
    const { extra } = (await whoIs(api, token)).user as { extra: Record<string, string[]> };
    const expected = {
      'callerid.example.com/arn': [`arn:aws:sts::${account}:assumed-role/KubernetesAdmin/alice@example.com`],
      'callerid.example.com/account': [account],
      'authentication.kubernetes.io/credential-id': [`JTI=${decodeJwt(token).jti}`],
    };
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(extra[key], value, key);
    assert.ok(Object.values(extra).flat().includes('alice@example.com'), 'the session is not told');
  });
}

function named({ status, user }: Awaited<ReturnType<typeof whoIs>>): unknown {
  assert.equal(status, 201);
  const { username, groups } = user as { username: string; groups: string[] };
  return [username, groups];
}

function makeKubeconfig({ home, server }: Api): string {
  const file = join(home, 'kubeconfig');
  const ca = Buffer.from(server.caPem).toString('base64');
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'callerid',
    args: plugin,
    interactiveMode: 'Never',
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'orders', cluster: { server: server.url, 'certificate-authority-data': ca } }],
    users: [{ name: 'callerid', user: { exec } }],
    contexts: [{ name: 'orders', context: { cluster: 'orders', user: 'callerid' } }],
    'current-context': 'orders',
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  return file;
}
