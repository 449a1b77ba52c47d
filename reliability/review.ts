/**
 * Asking the webhook as an API server does, and what it answers.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import { headers, reviewOf } from '../benchmarks/scene.ts';

/** The verdict, or why there is none. */
export type Outcome =
  | { readonly kind: 'granted'; readonly username: string }
  /** Without a code for a foreign token. */
  | { readonly kind: 'denied'; readonly code: string }
  /** 429 or 503, with Retry-After: come again. */
  | { readonly kind: 'none'; readonly status: number; readonly code: string }
  /** What no API server should ever get. */
  | { readonly kind: 'broken'; readonly problem: string };

/** What the API server of a cluster presents. */
export function secretOf(cluster: string): string {
  return `api-server-secret-of-${cluster}-0123456789`;
}

/** As the settings take it. */
export function secretDigestOf(cluster: string): string {
  return createHash('sha256').update(secretOf(cluster)).digest('hex');
}

/** The path and the headers of a cluster's reviews. */
export function addressOf(cluster: string): { path: string; headers: Record<string, string> } {
  return {
    path: `/clusters/${cluster}/authenticate`,
    headers: { ...headers, authorization: `Bearer ${secretOf(cluster)}` },
  };
}

/** Reads an answer; whatever is not one of callerid's is broken. */
export function outcomeOf(status: number, retryAfter: string | undefined, body: string): Outcome {
  try {
    const answer = JSON.parse(body);
    if (status === 429 || status === 503) {
      const isFair = /^[1-9][0-9]*$/.test(retryAfter ?? '');
      const code = codeIn(answer.message);
      return isFair
        ? { kind: 'none', status, code }
        : { kind: 'broken', problem: `${status} ${code} without Retry-After` };
    }
    if (status !== 200) return { kind: 'broken', problem: `${status} ${codeIn(answer.message)}` };
    const { authenticated, user, error } = answer.status;
    if (authenticated === true) return { kind: 'granted', username: String(user.username) };
    if (authenticated === false) return { kind: 'denied', code: codeIn(error ?? '') };
  } catch {
    // it is no answer
  }
  return { kind: 'broken', problem: `${status} with a body that is no answer` };
}

function codeIn(text: string): string {
  return /^[a-z0-9_]*/.exec(text)?.[0] ?? '';
}

/** Fewer than `callerid serve` takes. */
const agent = new Agent({ keepAlive: true, maxSockets: 480 });

/** How long a client of ours waits, in milliseconds: as long as an API server. */
const patienceMs = 30_000;

/** Sends one review. Never throws. Where a kept connection had just been closed it is sent once more, as an API server does. */
export async function ask(origin: string, cluster: string, token: string): Promise<Outcome> {
  const outcome = await send(origin, cluster, token);
  if (outcome !== 'closed before') return outcome;
  const second = await send(origin, cluster, token);
  return second === 'closed before' ? { kind: 'broken', problem: second } : second;
}

function send(origin: string, cluster: string, token: string): Promise<Outcome | 'closed before'> {
  const { path, headers: own } = addressOf(cluster);
  return new Promise((resolve) => {
    const body = reviewOf(token);
    const sent = request(
      origin + path,
      { method: 'POST', agent, headers: { ...own, 'content-length': Buffer.byteLength(body) } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', (error) => resolve({ kind: 'broken', problem: error.message }));
        response.on('end', () =>
          resolve(outcomeOf(response.statusCode ?? 0, response.headers['retry-after'], text)),
        );
      },
    );
    // a moment later: where this process stood still, the answer is there and has yet to be read
    sent.setTimeout(patienceMs, () =>
      setTimeout(() => sent.destroy(new Error(`no answer in ${patienceMs} ms`)), 500),
    );
    sent.on('error', (error) => {
      const isClosed = sent.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      resolve(isClosed ? 'closed before' : { kind: 'broken', problem: error.message });
    });
    sent.end(body);
  });
}

/** In words, for a failure. */
export function toldOf(outcome: Outcome): string {
  return Object.values(outcome).join(' ');
}
