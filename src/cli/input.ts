/**
 * Reading a file, or standard input.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { usageError } from './exit-codes.ts';

interface InputOptions {
  /** What is read, for messages. */
  readonly what: string;
  readonly maxBytes: number;
}

/** Reads UTF-8 text from a file, or from standard input where the path is `-`. */
export async function readInput(path: string, { what, maxBytes }: InputOptions): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).byteLength;
      if (size > maxBytes) break;
    }
  } catch (error) {
    // the path stays untold: somebody may have given the secret itself for it
    throw usageError(
      `${what} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      'name a file that can be',
    );
  }
  if (size > maxBytes)
    throw usageError(`${what} is longer than ${maxBytes / 1024} KiB`, 'is it the right file?');
  return Buffer.concat(chunks).toString('utf8');
}
