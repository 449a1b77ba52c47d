/**
 * Asking a server for JSON, without trusting it.
 *
 * @module
 */
import { readText } from '../lib/body.ts';
import { isJsonType } from '../lib/json.ts';
import { CommandError, exitCodes } from './exit-codes.ts';

/** What a server answered. */
export interface JsonAnswer {
  readonly status: number;
  /** Undefined where the body is no JSON. */
  readonly body: unknown;
}

const deadlineMs = 15_000;
const maxBytes = 64 * 1024;

/**
 * Sends a request, within 15 seconds, and reads at most 64 KiB. Redirects are answers, and are not followed.
 *
 * @param whom is asked, for messages
 * @throws {CommandError} where nobody answers
 */
export async function requestJson(url: string, whom: string, init: RequestInit = {}): Promise<JsonAnswer> {
  try {
    const response = await fetch(url, {
      ...init,
      headers: { accept: 'application/json', ...init.headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(deadlineMs),
    });
    const text = await readText(response.body, maxBytes);
    return {
      status: response.status,
      body: isJsonType(response.headers.get('content-type')) ? parsed(text) : undefined,
    };
  } catch {
    // What the error says may hold the request.
    throw new CommandError(
      exitCodes.noVerdict,
      `${whom} did not answer, or not in time, or with too much`,
      'check its URL and the network; behind a proxy set NODE_USE_ENV_PROXY=1',
    );
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
