/**
 * The single writer of a cluster on Workers: a Durable Object that decides in its own SQLite, and mirrors what it has to Workers
 * KV, where the readers are.
 *
 * @module
 */
import { DurableObject } from 'cloudflare:workers';
import { StoreError } from '../errors/classes.ts';
import { withDeadline } from '../lib/deadline.ts';
import type { KvNamespace } from './cloudflare-kv.ts';
import { pageOf } from './memory.ts';
import type { ObjectState } from './object-state.ts';
import {
  type AtomicStore,
  assertKey,
  assertPrefix,
  assertValue,
  isForWriters,
  type KeyPage,
} from './store.ts';

export interface PolicyObjectEnv {
  /** What the readers read. */
  readonly POLICY?: KvNamespace;
}

/**
 * `entries`: what there is. A value of NULL was deleted, and stays known: KV may show what was there before. `mirror`: keys that
 * KV is still to be told of, when at the latest, and how many attempts began of which no end is known.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT, revision INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS mirror (key TEXT PRIMARY KEY, doubts INTEGER NOT NULL, due INTEGER NOT NULL);
`;

interface Entry {
  readonly value: string | null;
  /** Grows with each write. */
  readonly revision: number;
}

/** For one operation of KV, in milliseconds. */
const kvDeadlineMs = 5000;

/** KV takes one write per second for a key; more are answered with 429. */
const kvPauseMs = 1100;

/** When a write that failed can no longer arrive late, over a newer one. */
const settleMs = 60_000;

/** How many keys one alarm takes care of. */
const alarmKeys = 100;

export class PolicyObject extends DurableObject<PolicyObjectEnv> implements AtomicStore {
  readonly #kv: KvNamespace;
  /** The attempt to write a key to KV that is under way. */
  readonly #writing = new Map<string, Promise<void>>();

  constructor(ctx: ObjectState, env: PolicyObjectEnv) {
    super(ctx, env);
    if (env.POLICY === undefined) {
      throw new StoreError('store_unavailable', 'the KV namespace POLICY is not bound');
    }
    this.#kv = env.POLICY;
    this.#query(schema);
  }

  async get(key: string): Promise<string | undefined> {
    assertKey(key);
    await this.#adopt(key);
    return this.#entry(key)?.value ?? undefined;
  }

  /** KV has it before this is answered; what failed to get there is tried again by the alarm. */
  async put(key: string, value: string): Promise<void> {
    assertKey(key);
    assertValue(value);
    this.#set(key, value.toWellFormed());
    await this.#mirrorSoon(key);
  }

  async swap(key: string, expected: string | undefined, value: string): Promise<boolean> {
    assertKey(key);
    assertValue(value);
    await this.#adopt(key);
    // From here to the write nothing is awaited: no other call comes between.
    if ((this.#entry(key)?.value ?? undefined) !== expected?.toWellFormed()) return false;
    this.#set(key, value.toWellFormed());
    await this.#mirror(key).catch(() => {}); // it has won all the same, and the alarm goes on
    return true;
  }

  async delete(key: string): Promise<void> {
    assertKey(key);
    this.#set(key, null);
    await this.#mirrorSoon(key);
  }

  /** Keys that nobody has asked for since they were written to KV by hand are not known yet. */
  async list(
    prefix: string,
    { cursor = '', limit = 1000 }: { cursor?: string | undefined; limit?: number } = {},
  ): Promise<KeyPage> {
    assertPrefix(prefix);
    const rows = this.#query<{ key: string }>(
      'SELECT key FROM entries WHERE value IS NOT NULL AND key > ? AND key >= ? AND key < ? ORDER BY key LIMIT ?',
      cursor,
      prefix,
      `${prefix}~`, // beyond every character of a key
      limit + 1,
    );
    return pageOf(
      rows.map(({ key }) => key),
      prefix,
      { limit },
    );
  }

  /** Whether KV has been told of the last write of this key. Until then readers use an older value. */
  async isMirrored(key: string): Promise<boolean> {
    assertKey(key);
    return this.#query('SELECT 1 FROM mirror WHERE key = ?', key).length === 0;
  }

  /** Tells KV what it has not been told yet. Never throws: the runtime would try again only a few times. */
  async alarm(): Promise<void> {
    const due = this.#query<{ key: string }>(
      'SELECT key FROM mirror WHERE due <= ? ORDER BY due LIMIT ?',
      Date.now(),
      alarmKeys,
    );
    await Promise.allSettled(due.map(({ key }) => this.#mirror(key)));
    this.#schedule();
  }

  /** Takes over what KV holds for a key that is not known here: a policy from before there was an object. */
  async #adopt(key: string): Promise<void> {
    if (this.#entry(key) !== undefined) return;
    const value = await inTime(this.#kv.get(key, 'text'));
    if (value !== null) this.#query('INSERT OR IGNORE INTO entries VALUES (?, ?, 1)', key, value);
  }

  #entry(key: string): Entry | undefined {
    return this.#query<Entry>('SELECT value, revision FROM entries WHERE key = ?', key)[0];
  }

  /** In one transaction with the promise that KV will be told, since nothing is awaited. */
  #set(key: string, value: string | null): void {
    this.#query(
      `INSERT INTO entries VALUES (?, ?, 1)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = revision + 1`,
      key,
      value,
    );
    if (isForWriters(key)) return;
    this.#query(
      'INSERT INTO mirror VALUES (?, 0, ?) ON CONFLICT (key) DO UPDATE SET due = excluded.due',
      key,
      Date.now() + kvDeadlineMs,
    );
    this.#schedule();
  }

  /** Twice, since it may be that the first time comes within a second of another write. */
  async #mirrorSoon(key: string): Promise<void> {
    try {
      await this.#mirror(key);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, kvPauseMs));
      await this.#mirror(key);
    }
  }

  /** Brings the present value to KV. There is one attempt at a time for a key, or an older one could come last. */
  async #mirror(key: string): Promise<void> {
    await this.#writing.get(key)?.catch(() => {}); // it may carry an older value; the next one cannot
    let writing = this.#writing.get(key);
    if (writing === undefined) {
      writing = this.#write(key).finally(() => this.#writing.delete(key));
      this.#writing.set(key, writing);
    }
    await writing;
  }

  async #write(key: string): Promise<void> {
    const [before] = this.#query<Entry & { doubts: number }>(
      'SELECT value, revision, doubts FROM entries JOIN mirror USING (key) WHERE key = ?',
      key,
    );
    if (before === undefined) return; // nothing that KV is to be told of
    const { value, revision, doubts } = before;
    this.#expect(key, doubts + 1, kvDeadlineMs + retryMs(doubts)); // first: the object may end on the way
    await inTime(value === null ? this.#kv.delete(key) : this.#kv.put(key, value));
    if (this.#entry(key)?.revision !== revision) {
      this.#query('UPDATE mirror SET doubts = ? WHERE key = ?', doubts, key); // whoever wrote since has the next turn
    } else if (doubts > 0) {
      this.#expect(key, 0, settleMs);
    } else {
      this.#query('DELETE FROM mirror WHERE key = ?', key);
      this.#schedule();
    }
  }

  #expect(key: string, doubts: number, ms: number): void {
    this.#query('UPDATE mirror SET doubts = ?, due = ? WHERE key = ?', doubts, Date.now() + ms, key);
    this.#schedule();
  }

  /** The one alarm of the object is for the key that is due first. */
  #schedule(): void {
    const { storage } = this.ctx;
    const [first] = this.#query<{ due: number | null }>('SELECT min(due) AS due FROM mirror');
    void (typeof first?.due === 'number' ? storage.setAlarm(first.due) : storage.deleteAlarm());
  }

  #query<Row>(query: string, ...bindings: readonly (string | number | null)[]): Row[] {
    return this.ctx.storage.sql.exec<Row>(query, ...bindings).toArray();
  }
}

/** A second, doubled with each failure, up to five minutes. */
function retryMs(failures: number): number {
  return Math.min(1000 * 2 ** failures, 300_000);
}

function inTime<T>(operation: Promise<T>): Promise<T> {
  const slow = () => new StoreError('store_unavailable', 'Workers KV did not answer in time');
  return withDeadline(operation, kvDeadlineMs, slow);
}
