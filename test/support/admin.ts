/**
 * The admin API of a deployment: on its store, with administrators by token and by secret.
 */
import * as v from 'valibot';
import { expect } from 'vitest';
import type { Principal } from '../../src/emulator/principals.ts';
import { type AdminRecord, createAdmin } from '../../src/http/admin/admin.ts';
import { type OperationId, operations } from '../../src/http/admin/operations.ts';
import { errorResponse, responses } from '../../src/http/admin/responses.ts';
import { detached } from '../../src/lib/flights.ts';
import { PolicyReader } from '../../src/policy/reader.ts';
import { RecentCallers } from '../../src/policy/recent.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';
import {
  type Answer,
  answerOf,
  Deployment,
  type DeploymentOptions,
  people,
  prod,
  sha256,
} from './deployment.ts';

export const adminAudience = 'https://callerid.example.com/admin';
export const adminSecret = 'static-admin-secret-0123456789';
export const adminGroup = 'callerid:admins';

export interface Asked {
  /** Who signs; by default the static secret is presented. */
  readonly as?: Principal;
  readonly authorization?: string;
  readonly cluster?: string;
  /** Behind the path of the operation's policy. */
  readonly query?: string;
  readonly body?: unknown;
  /** In place of the JSON of `body`. */
  readonly text?: string;
  readonly hash?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class AdminDeployment {
  readonly deployment: Deployment;
  readonly app: ReturnType<typeof createAdmin>;
  readonly log: AdminRecord[] = [];

  private constructor(deployment: Deployment, digest: Uint8Array, options: DeploymentOptions) {
    this.deployment = deployment;
    const clock = () => deployment.time;
    const fetch = options.fetch ?? (deployment.sts.fetch as typeof globalThis.fetch);
    const store = deployment.values;
    this.app = createAdmin({
      clusters: [...deployment.clusters.values()].map(({ id, verifier, breakGlass, recent }) => ({
        id,
        verifier,
        breakGlass,
        recent: recent ?? new RecentCallers({ store, cluster: id, clock }),
        store,
        adminGroup,
        policies: new PolicyReader({ store, cluster: id, holdMs: 0, lastGoodMs: 0, clock }),
      })),
      auth: {
        verifier: createVerifier({ audience: adminAudience, fetch, clock, identitySeconds: 60 }),
        secretDigests: [digest],
      },
      taskContext: () => detached,
      log: (record) => this.log.push(record),
      clock,
    });
  }

  static async start(options: DeploymentOptions = {}): Promise<AdminDeployment> {
    return new AdminDeployment(await Deployment.start(options), await sha256(adminSecret), options);
  }

  /** Calls an operation; whatever comes must be of the form that the document promises. */
  async call(id: OperationId, asked: Asked = {}): Promise<Answer> {
    const { method, path } = operations[id];
    const url = `https://callerid.example.com${path
      .replace(':cluster', asked.cluster ?? prod)
      .replace(':hash', asked.hash ?? '')}${asked.query ?? ''}`;
    const body = asked.text ?? (asked.body === undefined ? undefined : JSON.stringify(asked.body));
    const headers = {
      authorization: asked.authorization ?? `Bearer ${asked.as ? await this.sign(asked.as) : adminSecret}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...asked.headers,
    };
    const answer = await answerOf(
      await this.app.fetch(new Request(url, { method, headers, ...(body === undefined ? {} : { body }) })),
    );
    const form = answer.status === 200 ? responses[id] : errorResponse;
    expect(v.safeParse(form as v.GenericSchema, answer.body).issues).toBeUndefined();
    return answer;
  }

  sign(who: Principal = people.admin, audience: string = adminAudience): Promise<string> {
    return this.deployment.sign(who, { audience });
  }
}
