/**
 * What only a terminal gets: colours, and a line that says how far it has come.
 *
 * @module
 */
import { isatty } from 'node:tty';
import { styleText } from 'node:util';
import { write } from './output.ts';

export type Colour = 'green' | 'red' | 'yellow' | 'bold';

/** Gives a text a colour, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

/** Colours for standard output: on a terminal, unless NO_COLOR is set to anything (no-color.org). */
export function painter(env: NodeJS.ProcessEnv = process.env, isTerminal: boolean = isatty(1)): Paint {
  if (!isTerminal || env.NO_COLOR || env.TERM === 'dumb') return (_, text) => text;
  // the terminal has been looked at, and Node 20 would not
  return (colour, text) => styleText(colour, text, { validateStream: false });
}

/** A line on standard error that is written anew; nothing where that is no terminal. */
export class Progress {
  readonly #what: string;
  readonly #write: (text: string) => void;
  #isBegun = false;

  constructor(what: string, { isTerminal = isatty(2), writeTo = (text: string) => write(2, text) } = {}) {
    this.#what = what;
    this.#write = isTerminal ? writeTo : () => {};
  }

  show(done: number, total: number): void {
    this.#isBegun = true;
    this.#write(`\r\x1b[Kcallerid: ${this.#what} ${done}/${total}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#isBegun) this.#write('\r\x1b[K');
  }
}
