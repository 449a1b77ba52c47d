/**
 * What was used already, on Workers: a Durable Object that decides in its own SQLite.
 *
 * @module
 */
import { StoreError } from '../errors/classes.ts';
import { member } from '../lib/json.ts';
import type { ObjectState } from './object-state.ts';
import { assertUse, graceMs } from './once.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS used (key TEXT PRIMARY KEY, forget_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS used_by_forget_at ON used (forget_at);
`;

/** How many keys one alarm forgets. */
const alarmKeys = 1000;

/** An alarm comes at a full minute, so that keys which end at about the same time share one. In milliseconds. */
const alarmStepMs = 60_000;

/**
 * A class for Durable Objects with SQLite storage, to be exported by the Worker and named in `wrangler.toml`;
 * {@link durableObjectOnce} is its client.
 *
 * @example
 * ```toml
 * [[durable_objects.bindings]]
 * name = "ONCE"
 * class_name = "OnceObject"
 *
 * [[migrations]]
 * tag = "v1"
 * new_sqlite_classes = ["OnceObject"]
 * ```
 */
export class OnceObject {
  readonly #storage: ObjectState['storage'];
  /** When the alarm was last set to, by this instance. */
  #alarmAt: number | undefined;

  /** Called by the runtime. Makes the table. */
  constructor(state: ObjectState) {
    this.#storage = state.storage;
    this.#query(schema);
  }

  /** Takes `{"key", "expiresAt"}` and answers `first` or `used`, once that is on disk; 400 where there is no such use. */
  async fetch(request: Request): Promise<Response> {
    try {
      const use: unknown = await request.json();
      const isFirst = this.#use(member(use, 'key') as string, member(use, 'expiresAt') as number);
      return new Response(isFirst ? 'first' : 'used');
    } catch (error) {
      if (error instanceof StoreError || error instanceof SyntaxError)
        return new Response(null, { status: 400 });
      throw error;
    }
  }

  /** Forgets what has ended. */
  alarm(): void {
    this.#alarmAt = undefined;
    this.#query(
      'DELETE FROM used WHERE key IN (SELECT key FROM used WHERE forget_at <= ? ORDER BY forget_at LIMIT ?)',
      Date.now(),
      alarmKeys,
    );
    this.#schedule();
  }

  /** Nothing is awaited here, so no other call comes between, and row and alarm are written together or not at all. */
  #use(key: string, expiresAt: number): boolean {
    assertUse(key, expiresAt, Date.now());
    const inserted = this.#query(
      'INSERT INTO used VALUES (?, ?) ON CONFLICT (key) DO NOTHING RETURNING 1',
      key,
      expiresAt + graceMs,
    );
    if (inserted.length === 0) return false;
    this.#schedule();
    return true;
  }

  /** For the key that is due first. After a restart this is the same time again, so the alarm is never put off. */
  #schedule(): void {
    const [first] = this.#query<{ due: number | null }>('SELECT min(forget_at) AS due FROM used');
    if (typeof first?.due !== 'number') return;
    const at = Math.ceil(first.due / alarmStepMs) * alarmStepMs;
    if (at === this.#alarmAt) return;
    this.#alarmAt = at;
    void this.#storage.setAlarm(at);
  }

  #query<Row>(query: string, ...bindings: readonly (string | number)[]): Row[] {
    return this.#storage.sql.exec<Row>(query, ...bindings).toArray();
  }
}
