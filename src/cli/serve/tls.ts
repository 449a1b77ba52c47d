/**
 * Certificate and key of the webhook.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { usageError } from '../exit-codes.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Reads both, and tries whether they belong together. */
export async function readTlsFiles(
  files: TlsFiles,
): Promise<{ readonly cert: string; readonly key: string }> {
  const cert = await read(files.cert, '--tls-cert');
  const key = await read(files.key, '--tls-key');
  try {
    createSecureContext({ cert, key });
  } catch {
    throw usageError(
      '--tls-cert and --tls-key: no certificate in PEM with its own private key',
      'name the files of one pair, the key without a password',
    );
  }
  return { cert, key };
}

async function read(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw usageError(
      `${option}: cannot be read (${(error as NodeJS.ErrnoException).code})`,
      'name a file that can be',
    );
  }
}
