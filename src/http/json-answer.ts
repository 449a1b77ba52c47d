/**
 * What every JSON answer has in common.
 *
 * @module
 */

/** An answer with the headers that every answer has. */
export function jsonAnswer(
  status: number,
  body: unknown,
  decisionId: string,
  headers?: Record<string, string>,
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'callerid-decision-id': decisionId,
      ...headers,
    },
  });
}

/**
 * A whole number of seconds, at least 5, a little apart for each caller: client-go repeats up to ten times after that
 * many seconds, so 0 or 1 would multiply the calls.
 *
 * @param leastMs not before that, in milliseconds
 */
export function retryAfterSeconds(leastMs = 0): number {
  return Math.max(5, Math.ceil(leastMs / 1000)) + Math.floor(Math.random() * 4);
}
