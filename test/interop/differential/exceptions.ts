/**
 * Where callerid is not the reference: what it accepts besides, which is written here, and why it refuses what the reference
 * accepts, which is written in the security model.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wrap } from '../../support/token-builder.ts';

/** Something that the reference refuses and callerid accepts, on purpose. */
export interface Exception {
  readonly name: string;
  readonly reason: string;
  /** How the message of the reference begins. */
  readonly refused: string;
  readonly isMeant: (token: string) => boolean;
  /** The token without it: one that the reference has to accept, so that nothing else hides behind the exception. */
  readonly without: (token: string) => string;
}

export const exceptions: readonly Exception[] = [
  {
    name: 'longer than 4096 characters',
    reason:
      'session tokens grow, and AWS names no maximum; callerid takes 8192 characters, or what it is told',
    refused: 'token is too large',
    isMeant: ({ length }) => length > 4096 && length <= 8192,
    without: withShortSession,
  },
];

/** The exception that a token is, where it was refused for that. */
export function exceptionOf(token: string, refused: string): Exception | undefined {
  return exceptions.find((exception) => exception.refused === refused && exception.isMeant(token));
}

function withShortSession(token: string): string {
  const url = Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString('latin1');
  return wrap(url.replace(/(X-Amz-Security-Token=(?:%[0-9A-Fa-f]{2}|[^&%]){1,40})[^&]*/, '$1'));
}

/** The codes of the table in `docs/security.md`, "Stricter than the reference". */
export function explainedCodes(): ReadonlySet<string> {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/security.md'), 'utf8');
  const [, section = ''] = page.split('\n## Stricter than the reference\n');
  const [table = ''] = section.split('\n## ');
  return new Set([...table.matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map(([, code]) => code as string));
}
