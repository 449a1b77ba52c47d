/**
 * Parts of a large policy, read and ready to be asked, within a bound of bytes.
 *
 * @module
 */
import { StoreError } from '../errors/classes.ts';
import { withDeadline } from '../lib/deadline.ts';
import { Flights, type TaskContext } from '../lib/flights.ts';
import { RuleIndex } from '../mapping/rule-index.ts';
import type { Store } from '../store/store.ts';
import { type DocumentPart, decodePart, type PagePart, type Part, type RulesPart } from './part.ts';
import { readText } from './versions.ts';

/** A part that is held: rules with their index. */
export type HeldPart =
  | PagePart
  | (Omit<RulesPart, 'rules'> & { readonly index: RuleIndex })
  | (DocumentPart & { readonly index: RuleIndex });

export interface PartCacheOptions {
  readonly store: Pick<Store, 'get'>;
  readonly cluster: string;
  /** What all held parts may weigh, in bytes. One that is heavier by itself is read for every decision. */
  readonly maxBytes: number;
  /** For one read, in milliseconds. */
  readonly deadlineMs: number;
  /** How long after a failed read a part is asked for again, in milliseconds. */
  readonly retryMs: number;
  readonly clock: () => number;
}

/**
 * What a byte of stored text weighs in memory once it is parsed and indexed. In V8 it is 4 while few of the rules were
 * asked for, and 9 when all were (`npm run bench -- --only mapping`); 19 where all are patterns of eight stars.
 */
const heldFactor = 12;

/** How long after its last failure a part counts as lacking, in milliseconds, if nobody asked for it again. */
const lackMs = 120_000;
const maxLacking = 1000;

interface Held {
  readonly part: HeldPart;
  readonly bytes: number;
  /** Since it was last spared. */
  isUsed: boolean;
}

/** Drops the oldest when it is full, but spares once what was used meanwhile ("second chance"). A part is named by its content, so it serves every version that has it. */
export class PartCache {
  readonly #options: PartCacheOptions;
  readonly #held = new Map<string, Held>();
  readonly #lacking = new Map<string, { readonly at: number; readonly error: unknown }>();
  readonly #flights: Flights<HeldPart>;
  #bytes = 0;

  constructor(options: PartCacheOptions) {
    this.#options = options;
    this.#flights = new Flights(options.deadlineMs);
  }

  /** What all held parts are taken to weigh, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The part where it is held, at once. */
  held(hash: string): HeldPart | undefined {
    const held = this.#held.get(hash);
    if (held !== undefined) held.isUsed = true;
    return held?.part;
  }

  /** The part. Rejects with what went wrong where the store does not have it whole, and for a short time after that. */
  async get(hash: string, context: TaskContext | undefined): Promise<HeldPart> {
    return this.held(hash) ?? this.#flights.join(hash, () => this.#read(hash), context);
  }

  /** Whether the store lacked a part when it was last asked for it, which was not long ago. */
  isLacking(): boolean {
    const now = this.#options.clock();
    for (const [hash, { at }] of this.#lacking) if (now - at >= lackMs) this.#lacking.delete(hash);
    return this.#lacking.size > 0;
  }

  async #read(hash: string): Promise<HeldPart> {
    const { store, cluster, deadlineMs, retryMs, clock } = this.#options;
    // Who waited for a dead leader may find what another follower has brought since.
    const held = this.held(hash);
    if (held !== undefined) return held;
    const lacking = this.#lacking.get(hash);
    // Beyond that ahead it is of before the clock was set back.
    if (lacking !== undefined && Math.abs(clock() - lacking.at) < retryMs) throw lacking.error;
    try {
      const slow = () => new StoreError('store_unavailable', 'the store did not answer in time');
      const text = await withDeadline(readText(store, cluster, hash), deadlineMs, slow);
      const part = hold(decodePart(text));
      this.#lacking.delete(hash);
      this.#keep(hash, { part, bytes: text.length * heldFactor, isUsed: false });
      return part;
    } catch (error) {
      this.#lacking.delete(hash);
      this.#lacking.set(hash, { at: clock(), error });
      for (const oldest of this.#lacking.keys()) {
        if (this.#lacking.size <= maxLacking) break;
        this.#lacking.delete(oldest);
      }
      throw error;
    }
  }

  #keep(hash: string, held: Held): void {
    if (held.bytes > this.#options.maxBytes || this.#held.has(hash)) return;
    this.#held.set(hash, held);
    this.#bytes += held.bytes;
    for (const [oldest, entry] of this.#held) {
      if (this.#bytes <= this.#options.maxBytes) return;
      this.#held.delete(oldest);
      if (entry.isUsed) {
        entry.isUsed = false;
        this.#held.set(oldest, entry); // goes to the end, and so comes by once more
      } else {
        this.#bytes -= entry.bytes;
      }
    }
  }
}

function hold(part: Part): HeldPart {
  switch (part.kind) {
    case 'page':
      return part;
    case 'rules': {
      const { rules, ...rest } = part;
      return { ...rest, index: new RuleIndex(rules) };
    }
    case 'document':
      return { ...part, index: new RuleIndex(part.policy.rules) };
  }
}
