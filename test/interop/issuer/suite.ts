/**
 * The whole way without a webhook: kubectl, `callerid token --exchange`, callerid as the issuer, kube-apiserver, RBAC.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEtcd } from '../cluster/api-server.ts';
import { prepareClients } from '../cluster/clients.ts';
import type { Suite } from '../suite.ts';
import { startApiServers } from './api-servers.ts';
import { refusalChecks } from './refusals.ts';
import { retirementChecks, takeOverChecks } from './rotation.ts';
import { extraChecks, signInChecks } from './sign-in.ts';
import { IssuerStage } from './stage.ts';

export const suite: Suite = {
  name: 'kube-apiserver without a webhook, kubectl',
  async run(check) {
    const cleanups: (() => unknown)[] = [];
    const home = mkdtempSync(join(tmpdir(), 'callerid-issuer-'));
    cleanups.push(() => rmSync(home, { recursive: true }));
    try {
      const clients = await prepareClients(home, ['callerid']);
      const etcd = await startEtcd(home);
      cleanups.push(etcd.end);
      const stage = await IssuerStage.start(home, 'stage', 'RS256');
      cleanups.push(() => stage.end());
      const apis = await startApiServers(stage, etcd);
      cleanups.push(apis.end);
      const outgoing = await takeOverChecks(check, stage, apis);
      for (const api of apis.all) await signInChecks(check, stage, clients, api);
      await extraChecks(check, stage, apis.structured);
      await refusalChecks(check, stage, apis);
      if (outgoing !== undefined) await retirementChecks(check, stage, apis, outgoing);
      await check('no JWT and no key is in the log of callerid', async () => assertClean(stage));
    } finally {
      for (const cleanup of cleanups.reverse()) await cleanup();
    }
  },
};

function assertClean({ deployment, keys }: IssuerStage): void {
  assert.ok(deployment.log.includes('"event":"exchange"'));
  const secrets = keys.keys.flatMap(({ d = '', p = '', q = '' }) => [d, p, q]).filter(Boolean);
  assert.ok(secrets.length > 0);
  for (const text of ['eyJ', 'k8s-aws-v1.', 'X-Amz-Signature', ...secrets]) {
    assert.ok(!deployment.log.includes(text), 'a secret is in the log');
  }
}
