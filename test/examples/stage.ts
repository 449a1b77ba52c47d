/**
 * What the examples are run before: an STS that really checks signatures, and somebody who signs.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToken, type TokenOptions } from '../../src/client/create-token.ts';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import type { AssumedRolePrincipal } from '../../src/emulator/principals.ts';
import { listenStsEmulator } from '../../src/emulator/server.ts';
import { createNonce, nonceHeader } from '../../src/token/suffix.ts';

/** The audience of every example, and where its clients reach it. */
export const origin = 'https://orders.example.com';

/** Those who can sign: all examples let `orders` in, and nobody of another account. */
export const people = {
  orders: role('Orders'),
  reports: role('Reports'),
  stranger: role('Orders', '444455556666'),
  /** STS does not know this key. */
  nobody: role('Nobody'),
} as const satisfies Record<string, AssumedRolePrincipal>;

/** As a service names `orders`. */
export const ordersArn = 'arn:aws:iam::111122223333:role/Orders';

function role(roleName: string, account = '111122223333'): AssumedRolePrincipal {
  const id = `${roleName.toUpperCase()}${account.slice(0, 4)}`;
  return {
    type: 'assumed-role',
    account,
    roleName,
    sessionName: 'nightly',
    accessKeyId: `ASIAEXAMPLE${id}`,
    secretAccessKey: `wJalrXUtnFEMI/K7MDENG+bPxRfiCY${id}`,
    sessionToken: `FwoGZXIvYXdzEXAMPLE//wEaD${id}==`,
  };
}

export interface Stage {
  readonly sts: StsEmulator;
  /** Has a child process reach that STS, and {@link origin}, through a proxy and with TLS. */
  readonly env: Readonly<Record<string, string>>;
  /** Who answers at {@link origin}. */
  service: ((request: Request) => Promise<Response>) | undefined;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const { nobody: _, ...known } = people;
  const sts = createStsEmulator({ principals: Object.values(known) });
  const fetch: StsEmulator['fetch'] = async (input, init) => {
    const { href, origin: asked } = new URL(String(input));
    if (asked !== origin) return sts.fetch(input, init);
    if (stage.service === undefined) throw new TypeError('fetch failed: nobody serves it');
    const headers = new Headers(init?.headers);
    for (const name of ['host', 'connection', 'content-length']) headers.delete(name); // of this connection alone
    return stage.service(new Request(href, { ...init, headers }));
  };
  const server = await listenStsEmulator({ fetch }, { hosts: [new URL(origin).hostname] });
  const directory = mkdtempSync(join(tmpdir(), 'callerid-stage-'));
  const ca = join(directory, 'ca.pem');
  writeFileSync(ca, server.caPem);
  const stage: Stage = {
    sts,
    env: {
      HTTPS_PROXY: server.proxyUrl,
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: ca,
      DENO_CERT: ca,
      CURL_CA_BUNDLE: ca,
      DENO_DIR: join(directory, 'deno'),
      DENO_NO_UPDATE_CHECK: '1',
      NO_COLOR: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    service: undefined,
    async close() {
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
  return stage;
}

/** A request for a service, and what its tokens are to be bound to. */
export interface Guarded {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly bound?: boolean;
  readonly oneTime?: boolean;
}

export interface Signing extends Partial<TokenOptions> {
  readonly by?: keyof typeof people;
}

let signed = 0;

/** Headers that let `orders` in, with a token that no other call gets. */
export async function signedHeaders(
  { method, path, body = '', bound, oneTime }: Guarded,
  { by = 'orders', ...options }: Signing = {},
): Promise<Record<string, string>> {
  const nonce = oneTime ? createNonce() : undefined;
  const request = { method, url: origin + path, body: new TextEncoder().encode(body) };
  const { accessKeyId, secretAccessKey, sessionToken } = people[by];
  const { token } = await createToken(
    { accessKeyId, secretAccessKey, sessionToken },
    {
      audience: origin,
      region: 'eu-west-1',
      now: Date.now() - 1000 * (signed++ % 600), // within a second it would be the same token, and STS would not be asked again
      ...(bound ? { request } : {}),
      ...(nonce === undefined ? {} : { nonce }),
      ...options,
    },
  );
  return { authorization: `Bearer ${token}`, ...(nonce === undefined ? {} : { [nonceHeader]: nonce }) };
}

/** The same in the environment of a child process. */
export function credentialsOf(who: keyof typeof people): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = people[who];
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: 'eu-west-1',
  };
}
