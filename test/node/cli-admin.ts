/**
 * A deployment with an admin API on 127.0.0.1, for the command: with an STS that really checks signatures, a store in
 * memory, and answers that a test can put in place of its own.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import { type AdminRecord, createAdmin } from '../../src/http/admin/admin.ts';
import { hypotheticalIdentity } from '../../src/identity/hypothetical.ts';
import { detached } from '../../src/lib/flights.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { PolicyReader } from '../../src/policy/reader.ts';
import { RecentCallers } from '../../src/policy/recent.ts';
import type { PolicyTrust } from '../../src/policy/trust.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';

export const cluster = 'prod.example.com';
export const adminAudience = 'https://callerid.example.com/admin';
export const adminSecret = 'admin-secret-EXAMPLE-0123456789';
export const account = '111122223333';

function person(roleName: string) {
  return {
    type: 'assumed-role',
    account,
    roleName,
    sessionName: 'alice',
    principalId: `AROA${roleName.toUpperCase()}`,
    accessKeyId: `ASIA${roleName.toUpperCase()}EXAMPLE`,
    secretAccessKey: `secretAccessKeyOf${roleName}EXAMPLE`,
    sessionToken: `sessionTokenOf${roleName}EXAMPLE`,
  } as const;
}

export const people = { admin: person('Admin'), reader: person('Reader') } as const;

/** What signs as somebody. */
export function envOf({ accessKeyId, secretAccessKey, sessionToken }: ReturnType<typeof person>) {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: 'eu-west-1',
  };
}

export const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;

/** Lets the administrator and the reader in. */
export const policy = {
  rules: [
    { role: roleArn('Admin'), username: 'admin', groups: ['ops', 'callerid:admins'] },
    { role: roleArn('Reader'), username: 'reader', groups: [] },
  ],
};

export interface Seen {
  readonly method: string;
  readonly path: string;
}

export class AdminServer {
  readonly store: MemoryStore = new MemoryStore();
  readonly recent: RecentCallers = new RecentCallers({ store: this.store, cluster });
  readonly log: AdminRecord[] = [];
  /** Requests that came. */
  readonly seen: Seen[] = [];
  /** In place of the answer of the API, where it gives one. */
  instead: (request: Request, seen: Seen) => Response | undefined | Promise<Response> = () => undefined;
  url = '';
  readonly #server = createServer();

  /** Begins with `policy` as version 1, unless `empty`; with `trust` what is written then has to be signed. */
  static async start({
    empty = false,
    trust,
  }: {
    empty?: boolean;
    trust?: PolicyTrust;
  } = {}): Promise<AdminServer> {
    const server = new AdminServer();
    if (!empty) {
      const options = { author: 'somebody', message: 'the first' };
      await publishPolicy(server.store, cluster, parsePolicy(policy), options);
    }
    await server.#listen(trust);
    return server;
  }

  /** Somebody came. */
  note(arn: string): void {
    const identity = hypotheticalIdentity({ arn });
    if (identity === undefined) throw new Error('no ARN');
    this.recent.note(identity, true);
  }

  args(...more: string[]): string[] {
    return ['--server', this.url, '--cluster', cluster, ...more];
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #listen(trust: PolicyTrust | undefined): Promise<void> {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(adminSecret));
    const sts = createStsEmulator({ principals: Object.values(people) });
    const verifierOf = (audience: string) => createVerifier({ audience, fetch: sts.fetch });
    const app = createAdmin({
      clusters: [
        {
          id: cluster,
          verifier: verifierOf(cluster),
          store: this.store,
          policies: new PolicyReader({ store: this.store, cluster, trust, holdMs: 0, lastGoodMs: 0 }),
          trust,
          recent: this.recent,
          adminGroup: 'callerid:admins',
        },
      ],
      auth: { verifier: verifierOf(adminAudience), secretDigests: [new Uint8Array(digest)] },
      taskContext: () => detached,
      log: (record) => this.log.push(record),
    });
    const listener = getRequestListener(
      async (request) => {
        const seen = { method: request.method, path: new URL(request.url).pathname };
        this.seen.push(seen);
        return (await this.instead(request, seen)) ?? app.fetch(request);
      },
      { overrideGlobalObjects: false },
    );
    this.#server.on('request', listener);
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
}
