/**
 * The token that is to be verified.
 *
 * @module
 */
import { hasTokenPrefix } from '../../token/encoding.ts';
import { usageError } from '../exit-codes.ts';
import { readInput } from '../input.ts';

/** Reads a token, bare or in an ExecCredential, from a file or from standard input. */
export async function readToken(file: string | undefined): Promise<string> {
  if (hasTokenPrefix(file)) {
    throw usageError(
      'a token as an argument',
      'others on this machine can read it; use a file or a pipe, and a new token',
    );
  }
  // a terminal hands on 4,095 characters of a line, and cuts longer tokens
  if ((file === undefined || file === '-') && process.stdin.isTTY) {
    throw usageError('no token', 'name a file, or pipe it in: callerid token … | callerid verify …');
  }
  const text = (await readInput(file ?? '-', { what: 'the token', maxBytes: 64 * 1024 })).trim();
  if (text === '') throw usageError('no token', 'the input is empty');
  return text.startsWith('{') ? tokenOfExecCredential(text) : text;
}

function tokenOfExecCredential(text: string): string {
  let token: unknown;
  try {
    token = (JSON.parse(text) as { status?: { token?: unknown } | null }).status?.token;
  } catch {
    token = undefined;
  }
  if (typeof token === 'string' && token !== '') return token;
  throw usageError(
    'the input is no ExecCredential with a token',
    'give what callerid token or aws eks get-token prints',
  );
}
