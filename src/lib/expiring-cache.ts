/**
 * A cache bounded in bytes whose entries end by themselves.
 *
 * @module
 */

interface Entry<V> {
  readonly value: V;
  readonly expiresAt: number;
}

/** What an entry is taken to weigh beside its key, in bytes. */
const entryBytes = 1024;
/** Parts of the decoded key may be in the value, and in V8 a part of a text keeps the whole of it. */
const keyFactor = 2;

/** Drops the entry that was longest unused when it is full. Keys are taken to be ASCII: a byte a character. */
export class ExpiringCache<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes what all entries together may weigh; 0 keeps nothing */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The value, unless it has ended at `now` (milliseconds since the epoch). */
  get(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (!(now < entry.expiresAt)) {
      this.#bytes -= weight(key);
      return undefined;
    }
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Keeps a value until `expiresAt` (milliseconds since the epoch). */
  set(key: string, value: V, expiresAt: number): void {
    this.delete(key);
    if (weight(key) > this.#maxBytes) return;
    this.#entries.set(key, { value, expiresAt });
    this.#bytes += weight(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#bytes -= weight(key);
  }

  /** Drops every value of which this is so. */
  deleteWhere(isMeant: (value: V) => boolean): void {
    for (const [key, { value }] of this.#entries) if (isMeant(value)) this.delete(key);
  }
}

function weight(key: string): number {
  return keyFactor * key.length + entryBytes;
}
