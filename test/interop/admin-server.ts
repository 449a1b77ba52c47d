/**
 * An admin API that answers on a port of this machine, with all that there may be behind it: policies with a past, a
 * cluster without one, people who came lately, and an STS that is not AWS's.
 *
 * @module
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import { type AdminCluster, type AdminRecord, createAdmin } from '../../src/http/admin/admin.ts';
import { hypotheticalIdentity } from '../../src/identity/hypothetical.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { hashOf } from '../../src/policy/part.ts';
import { publishPolicy, putPart } from '../../src/policy/publish.ts';
import { PolicyReader } from '../../src/policy/reader.ts';
import { RecentCallers } from '../../src/policy/recent.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';

export const secret = 'interop-admin-secret-0123456789';
/** The cluster that has a policy. */
export const cluster = 'prod.example.com';
export const versions = 3;

const account = '111122223333';
const arn = (rest: string) => `arn:aws:iam::${account}:${rest}`;
const rules = [
  { role: arn('role/Admin'), username: 'admin:{{SessionName}}', groups: ['admins'] },
  { user: arn('user/bob'), username: 'bob', groups: ['developers'] },
  { sso: { permissionSet: 'Ops', accounts: [account] }, username: 'ops' },
  { pattern: arn('role/ci-*'), username: 'ci' },
  { role: arn('role/Fired'), deny: true },
  { account: '444455556666' },
];

/** The part whose hash the examples of the document name. */
const examplePart = '{"policy": {"rules": []}}';

export interface AdminServer {
  readonly url: string;
  /** Of every request that was for an operation. */
  readonly log: readonly AdminRecord[];
  readonly close: () => Promise<void>;
}

export async function startAdmin(): Promise<AdminServer> {
  const store = new MemoryStore();
  const sts = createStsEmulator({ principals: [] });
  const fetch = sts.fetch as typeof globalThis.fetch;
  for (let version = 1; version <= versions; version++) {
    const policy = parsePolicy({ rules: rules.slice(0, -versions + version || rules.length) });
    await publishPolicy(store, cluster, policy, { author: 'interop', message: `the ${version}th` });
  }
  await putPart(store, cluster, await hashOf(examplePart), examplePart);
  const clusters = [cluster, 'bare.example.com'].map((id): AdminCluster => {
    const recent = new RecentCallers({ store, cluster: id });
    for (const [who, sessionName] of [['role/Admin', 'alice'], ['user/bob'], ['role/Stranger', 'eve']]) {
      const identity = hypotheticalIdentity({ arn: arn(String(who)), sessionName });
      if (identity !== undefined) recent.note(identity, true);
    }
    const policies = new PolicyReader({ store, cluster: id, holdMs: 0, lastGoodMs: 0 });
    return {
      id,
      store,
      policies,
      recent,
      verifier: createVerifier({ audience: id, fetch }),
      adminGroup: 'admins',
    };
  });
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret));
  const log: AdminRecord[] = [];
  const app = createAdmin({
    clusters,
    auth: {
      verifier: createVerifier({ audience: 'https://callerid.example.com/admin', fetch }),
      secretDigests: [new Uint8Array(digest)],
    },
    taskContext: () => undefined,
    log: (record) => log.push(record),
  });
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
