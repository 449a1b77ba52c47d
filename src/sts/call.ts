/**
 * The one call to STS.
 *
 * @module
 */
import { BodyTooLargeError, readMessageText } from '../lib/body.ts';
import { type PresignedRequest, presignedUrl } from '../token/presigned.ts';
import { readAnswer, type StsAnswer } from './answer.ts';

export interface StsCallOptions {
  /** Ours, from the configuration; what the caller signed must be the same. */
  readonly audience: string;
  readonly fetch: typeof fetch;
  /** For the whole call, its retry included, in milliseconds. */
  readonly deadlineMs: number;
  /** Whether a second call may be made. */
  readonly retry: boolean;
}

/** Longest answer, in decoded bytes. */
const maxAnswerBytes = 64 * 1024;

/**
 * Asks STS who signed the request. Never throws. A connection failure or a server error of a listed host is tried
 * once more inside the deadline, where it may be; an unlisted host gets one try.
 */
export async function callSts(request: PresignedRequest, options: StsCallOptions): Promise<StsAnswer> {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<StsAnswer>((resolve) => {
    timer = setTimeout(() => {
      abort.abort();
      resolve({ kind: 'no-verdict', code: 'sts_timeout' });
    }, options.deadlineMs);
  });
  try {
    return await Promise.race([attempts(request, options, abort.signal), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

async function attempts(
  request: PresignedRequest,
  options: StsCallOptions,
  signal: AbortSignal,
): Promise<StsAnswer> {
  const first = await attempt(request, options, signal);
  const retry = options.retry && request.endpoint.listed && !signal.aborted && isTransient(first);
  return retry ? attempt(request, options, signal) : first;
}

function isTransient(answer: StsAnswer): boolean {
  return answer.kind === 'no-verdict' && (answer.code === 'sts_unreachable' || answer.code === 'sts_failing');
}

async function attempt(
  request: PresignedRequest,
  options: StsCallOptions,
  signal: AbortSignal,
): Promise<StsAnswer> {
  let response: Response | undefined;
  try {
    const { fetch } = options; // as a plain function: runtimes refuse it as a method of another object
    response = await fetch(presignedUrl(request), {
      headers: { accept: 'application/json', 'x-k8s-aws-id': options.audience },
      redirect: 'manual',
      cache: 'no-store',
      signal,
    });
    const body = await readMessageText(response, { maxBytes: maxAnswerBytes, lengthHolds: true });
    return readAnswer(response.status, response.headers.get('content-type'), body);
  } catch (error) {
    // Unread it would keep its connection. What is being read is cancelled by whoever reads it.
    if (response?.body?.locked === false) response.body.cancel().catch(() => {});
    const code = error instanceof BodyTooLargeError ? 'sts_answer_unexpected' : 'sts_unreachable';
    return { kind: 'no-verdict', code };
  }
}
