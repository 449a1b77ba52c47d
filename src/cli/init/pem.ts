/**
 * PEM files that the command line names.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { usageError } from '../exit-codes.ts';
import { readInput } from '../input.ts';

const maxBytes = 256 * 1024;

export function readPem(path: string, option: string): Promise<string> {
  return readInput(path, { what: `${option}: the file`, maxBytes });
}

/** Certificates of authorities, one or more, and nothing else with them. */
export async function readCa(path: string): Promise<string> {
  const text = await readPem(path, '--ca');
  const blocks = text.match(/-----BEGIN [^-]+-----[^-]*-----END [^-]+-----/g) ?? [];
  try {
    if (blocks.length === 0) throw new TypeError('none');
    for (const block of blocks) {
      // an API server passes over blocks of another name
      if (!block.startsWith('-----BEGIN CERTIFICATE-----')) throw new TypeError('another');
      new X509Certificate(block);
    }
  } catch {
    throw usageError('--ca: not only certificates in PEM', 'give that of the authority, without any key');
  }
  return `${blocks.join('\n')}\n`;
}
