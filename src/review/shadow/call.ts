/**
 * The call to the incumbent.
 *
 * @module
 */
import { readText } from '../../lib/body.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { isJsonType } from '../../lib/json.ts';
import type { TokenReview } from '../token-review.ts';
import { type IncumbentAnswer, readVerdict } from './answer.ts';
import { tellable } from './redact.ts';

export interface IncumbentOptions {
  /** Where it takes reviews. */
  readonly url: string;
  /** Default: that of the runtime. */
  readonly fetch?: typeof fetch;
  /** In milliseconds. Default 25 seconds, just short of the 30 that an API server waits. */
  readonly deadlineMs?: number;
}

/** Asks the incumbent. Never rejects: what is no verdict has a code. */
export type Incumbent = (review: TokenReview) => Promise<IncumbentAnswer>;

/** Longest answer, in decoded bytes. */
const maxAnswerBytes = 64 * 1024;

/** Nothing is tried again: the API server does that. */
export function createIncumbent({ url, fetch, deadlineMs = 25_000 }: IncumbentOptions): Incumbent {
  return async (review) => {
    const abort = new AbortController();
    let httpStatus: number | undefined;
    const ask = async (): Promise<IncumbentAnswer> => {
      const response = await (fetch ?? globalThis.fetch)(url, requestOf(review, abort.signal));
      httpStatus = response.status;
      if (!isJsonType(response.headers.get('content-type'))) return noVerdict(httpStatus);
      const body = JSON.parse(await readText(response.body, maxAnswerBytes));
      const status = readVerdict(httpStatus, body, review);
      if (status === undefined) return noVerdict(httpStatus);
      const error = status.error && tellable(status.error, review.token);
      return { status: { ...status, error }, httpStatus };
    };
    try {
      return await withDeadline(ask(), deadlineMs, () => new Error('late'));
    } catch {
      return noVerdict(httpStatus);
    } finally {
      abort.abort(); // a body that nobody reads would hold its connection
    }
  };
}

/** The review is rebuilt from what was read of it. Of the API server's headers nothing is sent on: its credential is ours. */
function requestOf({ apiVersion, token, audiences }: TokenReview, signal: AbortSignal): RequestInit {
  const spec = audiences.length === 0 ? { token } : { token, audiences };
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion, kind: 'TokenReview', spec }),
    redirect: 'manual',
    signal,
  };
}

function noVerdict(httpStatus: number | undefined): IncumbentAnswer {
  return { code: httpStatus === 429 ? 'shadow_throttled' : 'shadow_no_verdict', httpStatus };
}
