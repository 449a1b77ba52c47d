/**
 * Chance that comes out the same on every run and every runtime.
 */

/** A source of numbers from a seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  text(length: number, alphabet: string): string {
    return Array.from({ length }, () => alphabet[this.below(alphabet.length)]).join('');
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** The text with one change at a place of its own. */
  spoil(text: string, alphabet: string): string {
    const at = this.below(text.length + 1);
    const length = 1 + this.below(this.below(4) === 0 ? 40 : 3);
    const [head, cut, tail] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)];
    switch (this.below(7)) {
      case 0:
        return head + tail;
      case 1:
        return head + this.text(length, alphabet) + cut + tail;
      case 2:
        return head + cut + cut + tail;
      case 3:
        return head + [...cut].reverse().join('') + tail;
      case 4:
        return this.below(8) === 0 ? head : head + cut.toUpperCase() + tail;
      default:
        return head + this.text(cut.length || 1, alphabet) + tail;
    }
  }
}
