/**
 * What the demo shows of tokens and answers. Its keys are made up, and its tokens are shortened all the same: a habit.
 *
 * @module
 */
import type { AssumedRolePrincipal } from '../../emulator/principals.ts';
import { decodeToken } from '../../token/encoding.ts';
import { cluster, region } from './principals.ts';
import { credentialVariables } from './sign.ts';

export function indented(text: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, '    ');
}

/** The token, shortened, and the URL that it holds, a parameter a line. */
export function shownToken(token: string): string {
  const decoded = decodeToken(token);
  const [host = '', query = ''] = decoded.ok ? decoded.url.split('?') : [];
  const parameters = query
    .split('&')
    .map((pair) => `  ${pair.replace(/^(X-Amz-S(?:ignature|ecurity-Token)=.{8}).*/, '$1…')}`);
  return [shortened(token), 'It holds a pre-signed URL:', `GET ${host}`, ...parameters].join('\n');
}

export function shownReview<T extends { spec: { token: string } }>(review: T): string {
  return JSON.stringify({ ...review, spec: { token: shortened(review.spec.token) } }, undefined, 2);
}

export function shownAnswer(answer: unknown): string {
  return JSON.stringify(answer, undefined, 2);
}

/**
 * Commands for the reader's shell. The token goes through a pipe: arguments are there for everyone to see.
 *
 * @param script path of the command, which need not be on the PATH
 */
export function tryIt(
  script: string,
  webhook: string,
  secret: string,
  principal: AssumedRolePrincipal,
): string {
  const credentials = Object.entries(credentialVariables(principal)).map(
    ([name, value]) => `export ${name}='${value}'`,
  );
  return `${credentials.join('\n')}
node ${quoted(script)} token --audience ${cluster} --region ${region} --token-only |
  sed 's/.*/{"apiVersion":"authentication.k8s.io\\/v1","kind":"TokenReview","spec":{"token":"&"}}/' |
  curl -s ${webhook} -H 'authorization: Bearer ${secret}' -H 'content-type: application/json' -d @-`;
}

/** As one word of a shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function shortened(token: string): string {
  return `${token.slice(0, 35)}… (${token.length} characters)`;
}
