/**
 * The lines of a log, one after the other: however long the log, and however long a line.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { usageError } from '../exit-codes.ts';

/** In characters. A line of ours has at most twice what an answer of the incumbent may have, and its escapes. */
const maxLineLength = 1024 * 1024;

/** Lines that are not empty; undefined stands for one that is too long. `-` is standard input. */
export async function* linesOf(path: string): AsyncGenerator<string | undefined> {
  const stream = path === '-' ? process.stdin : createReadStream(path);
  stream.setEncoding('utf8');
  let rest = '';
  let isTooLong = false;
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (isTooLong) yield undefined;
        else if (line.trim() !== '') yield line;
        isTooLong = false;
      }
      if (rest.length > maxLineLength) {
        rest = '';
        isTooLong = true;
      }
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(`the log ${path} cannot be read (${code})`, 'name a file that can be');
  }
  if (isTooLong) yield undefined;
  else if (rest.trim() !== '') yield rest;
}
