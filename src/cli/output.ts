/**
 * The streams of the command: data on standard output, words on standard error. Written at once and without Node's
 * streams, which take longer to load than a token to sign.
 *
 * @module
 */
import { errorLine } from './failure.ts';
import { fs } from './node-builtins.ts';

/** Prints data. */
export function print(text: string): void {
  write(1, `${text}\n`);
}

/** Says something to the person at the terminal. */
export function say(text: string): void {
  write(2, `${errorLine(text)}\n`);
}

/** Writes all of a text. A reader that has seen enough, such as `head`, is no error, and ends the command. */
export function write(descriptor: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(descriptor, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit();
      if (code !== 'EAGAIN') throw error;
      // a pipe that somebody made non-blocking, and full
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
