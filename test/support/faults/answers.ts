/**
 * What a review is answered with while something goes wrong, as one word to compare, and what every such answer has.
 */
import { expect } from 'vitest';
import { type Answer, decisionIdPattern } from '../deployment.ts';

/** `granted NAME`, or the code; checks what must hold of any answer. */
export function outcomeOf(answer: Answer): string {
  const { status, headers, body, decisionId } = answer;
  expect(decisionId).toMatch(decisionIdPattern);
  if (status === 200) {
    expect(headers.has('retry-after')).toBe(false);
    expect(body.kind).toBe('TokenReview');
    if (body.status.authenticated === true) return `granted ${body.status.user.username}`;
    expect(body.status).toEqual({ authenticated: false, error: expect.any(String) });
    return codeIn(body.status.error);
  }
  // client-go multiplies what has no whole number, or a small one
  expect([429, 503]).toContain(status);
  expect(headers.get('retry-after')).toMatch(/^(?:[5-9]|[1-9][0-9]+)$/);
  expect(body).toMatchObject({ kind: 'Status', status: 'Failure', code: status });
  expect(body.status).not.toHaveProperty('authenticated');
  return codeIn(body.message);
}

/** The HTTP status, and the outcome. */
export function answered(answer: Answer): readonly [number, string] {
  return [answer.status, outcomeOf(answer)];
}

function codeIn(text: string): string {
  return /^([a-z0-9_]+): /.exec(text)?.[1] ?? text;
}

/** Those whom the policy of the tests lets in, by what they are called there. */
export const alice = 'granted admin:alice-example.com';
export const bob = 'granted bob';
export const fred = 'granted fred';
