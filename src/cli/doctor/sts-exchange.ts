/**
 * One request to STS as the verifier makes it, with what the verifier does not need to know of the answer.
 *
 * @module
 */
import { readText } from '../../lib/body.ts';
import { clockOffset } from './clock.ts';

/** An answer, unread. */
export interface StsExchange {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string;
  /** How far STS's clock is ahead of this machine's, in milliseconds. */
  readonly offsetMs: number | undefined;
  readonly durationMs: number;
}

interface ExchangeOptions {
  readonly audience: string;
  readonly timeoutMs: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As of the verifier's call, in bytes. */
const maxAnswerBytes = 64 * 1024;

/** Rejects as `fetch` does. */
export async function exchangeWithSts(
  url: string,
  { audience, timeoutMs, headers = {} }: ExchangeOptions,
): Promise<StsExchange> {
  const began = Date.now();
  const response = await fetch(url, {
    headers: { accept: 'application/json', 'x-k8s-aws-id': audience, ...headers },
    redirect: 'manual',
    cache: 'no-store',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const ended = Date.now();
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    body: await readText(response.body, maxAnswerBytes),
    offsetMs: clockOffset(response.headers.get('date'), began, ended),
    durationMs: ended - began,
  };
}

/** GetCallerIdentity that nobody signed: whatever the caller may do, STS refuses it in a known way. */
export function unsignedUrl(host: string): string {
  return `https://${host}/?Action=GetCallerIdentity&Version=2011-06-15`;
}

/** What doctor signs for where no service is meant: nobody serves a name under `.invalid` (RFC 2606). */
export const nobodysAudience = 'https://doctor.invalid/';
