/**
 * Calling a webhook as an API server does, and looking at the connection meanwhile.
 *
 * @module
 */
import { request as requestHttp } from 'node:http';
import { Agent, request as requestHttps } from 'node:https';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { BodyTooLargeError } from '../../lib/body.ts';
import { member } from '../../lib/json.ts';
import type { WebhookKubeconfig } from '../webhook-kubeconfig.ts';
import { clockOffset } from './clock.ts';

/** An answer; `json` is undefined where it is none. */
export interface WebhookAnswer {
  readonly status: number;
  readonly decisionId: string | undefined;
  readonly text: string;
  readonly json: unknown;
  readonly durationMs: number;
  /** How far the webhook's clock is ahead of this machine's, in milliseconds. */
  readonly offsetMs: number | undefined;
  /** Undefined over plain HTTP. */
  readonly tls: { readonly protocol: string; readonly validity: Validity } | undefined;
}

/** Of the certificate in a chain that ends first; milliseconds since the epoch. */
export interface Validity {
  readonly from: number;
  readonly to: number;
}

export interface WebhookRequest {
  /** On the server of the kubeconfig. */
  readonly path: string;
  readonly bearer?: string | undefined;
  /** Whether to present the client certificate of the kubeconfig. */
  readonly withCertificate?: boolean;
  /** Sent as JSON, by POST; without one it is a GET. */
  readonly body?: unknown;
}

/** Far more than an answer takes, in bytes. */
const maxAnswerBytes = 256 * 1024;

/** Makes a caller that always verifies the certificate, whatever the kubeconfig says: a secret is sent. */
export function webhookCaller(config: WebhookKubeconfig, timeoutMs: number) {
  return async (asked: WebhookRequest): Promise<WebhookAnswer> => {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await send(config, asked, signal);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  };
}

function send(config: WebhookKubeconfig, asked: WebhookRequest, signal: AbortSignal): Promise<WebhookAnswer> {
  const { server } = config;
  const { bearer, body } = asked;
  const options = {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    signal,
  };
  const url = new URL(server.origin + asked.path); // not relative: a path of two slashes would be another host
  const hidden = secretsOf(config, asked);
  const began = Date.now();
  return new Promise((resolve, reject) => {
    const request =
      server.protocol === 'https:'
        ? requestHttps(url, { ...options, agent: agentFor(config, asked.withCertificate === true) })
        : requestHttp(url, { ...options, agent: false });
    request.on('error', reject);
    request.on('upgrade', () => request.destroy()); // it would stay open for ever
    request.on('close', () => reject(Object.assign(new Error('no answer'), { code: 'ECONNRESET' })));
    request.on('response', (response) => {
      const ended = Date.now();
      // now: once the answer is read, the socket may be gone
      const tls = 'getPeerCertificate' in response.socket ? tlsOf(response.socket as TLSSocket) : undefined;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.byteLength;
        if (size > maxAnswerBytes) request.destroy(new BodyTooLargeError());
      });
      response.on('end', () => {
        const text = hidden(Buffer.concat(chunks).toString('utf8'));
        const id = response.headers['callerid-decision-id'];
        resolve({
          status: response.statusCode ?? 0,
          decisionId: typeof id === 'string' ? hidden(id) : undefined,
          text,
          json: parsed(text),
          durationMs: ended - began,
          offsetMs: clockOffset(response.headers.date, began, ended),
          tls,
        });
      });
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Takes out of a text what was sent: a page for debugging, and so its reader, would have it. */
function secretsOf({ token }: WebhookKubeconfig, { body }: WebhookRequest): (text: string) => string {
  const reviewed = member(member(body, 'spec'), 'token');
  const secrets = [token, reviewed].flatMap((secret) =>
    typeof secret === 'string' ? [secret, secret.replace(/^k8s-aws-v1\./, '')] : [],
  );
  return (text) =>
    secrets
      .filter((secret) => secret.length >= 8)
      .reduce((rest, secret) => rest.replaceAll(secret, '[...]'), text)
      .replace(/k8s-aws-v1\.[\w-]{8,}/g, 'k8s-aws-v1.[...]');
}

/** One for each call: a session that is resumed shows no certificates. */
function agentFor({ ca, serverName, certificate }: WebhookKubeconfig, withCertificate: boolean): Agent {
  return new Agent({
    keepAlive: false,
    rejectUnauthorized: true, // whatever the environment says
    maxCachedSessions: 0,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(withCertificate ? certificate : {}),
    // as fetch does where it is set, and NO_PROXY with it
    ...(process.env.NODE_USE_ENV_PROXY === '1' ? { proxyEnv: process.env } : {}),
  });
}

function tlsOf(socket: TLSSocket): WebhookAnswer['tls'] {
  return { protocol: socket.getProtocol() ?? 'TLS', validity: validityOf(socket.getPeerCertificate(true)) };
}

function validityOf(leaf: DetailedPeerCertificate): Validity {
  let first: Validity = { from: Date.parse(leaf.valid_from), to: Date.parse(leaf.valid_to) };
  const seen = new Set([leaf]);
  for (let one = leaf.issuerCertificate; one !== undefined && !seen.has(one); one = one.issuerCertificate) {
    seen.add(one); // a root is its own issuer
    const to = Date.parse(one.valid_to);
    if (to < first.to) first = { from: Date.parse(one.valid_from), to };
  }
  return first;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
