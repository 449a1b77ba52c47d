/**
 * One signed call to a Query API of AWS.
 *
 * @module
 */
import type { Ec2OutageCode } from '../errors/ec2.ts';
import { type Refused, refuse } from '../errors/refusal.ts';
import { BodyTooLargeError, readText } from '../lib/body.ts';
import { readFailure } from './answer.ts';
import { type Credentials, signCall } from './sign.ts';

export interface Call {
  readonly service: 'ec2' | 'sts';
  readonly host: string;
  readonly region: string;
  /** Names and values of the form; what is given here is encoded, so it may hold anything. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  readonly credentials: Credentials;
  /** Longest answer, in decoded bytes. */
  readonly maxBytes: number;
}

export interface CallOptions {
  readonly fetch: typeof fetch;
  /** The present, in milliseconds since the epoch. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

export type CallAnswer = { readonly ok: true; readonly body: string } | Refused<Ec2OutageCode>;

/** Asks, and once more after a connection failure or a server error. Throttling is no reason to ask again at once. */
export async function callAws(call: Call, options: CallOptions): Promise<CallAnswer> {
  const first = await attempt(call, options);
  const isTransient = !first.ok && (first.code === 'ec2_unreachable' || first.code === 'ec2_failing');
  return isTransient && !options.signal.aborted ? attempt(call, options) : first;
}

async function attempt(call: Call, { fetch, clock, signal }: CallOptions): Promise<CallAnswer> {
  const { service, host, region, parameters, credentials, maxBytes } = call;
  const body = new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString();
  try {
    const signed = await signCall({ service, host, region, credentials, body }, clock());
    const response = await fetch(`https://${host}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', ...signed },
      body,
      redirect: 'manual',
      cache: 'no-store',
      signal,
    });
    const text = await readText(response.body, maxBytes);
    return response.status === 200 ? { ok: true, body: text } : readFailure(response.status, text);
  } catch (error) {
    return refuse(error instanceof BodyTooLargeError ? 'ec2_answer_unexpected' : 'ec2_unreachable');
  }
}

/** Gives what `work` does, or after `ms` milliseconds an outage; the work hears of that by its signal. */
export async function withinDeadline<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | Refused<'ec2_timeout'>> {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<Refused<'ec2_timeout'>>((resolve) => {
    timer = setTimeout(() => {
      abort.abort();
      resolve(refuse('ec2_timeout'));
    }, ms);
  });
  try {
    return await Promise.race([work(abort.signal), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
