/**
 * Look-ups that come close together, asked for in one call.
 *
 * @module
 */

interface Batch<T> {
  readonly ids: Set<string>;
  readonly result: Promise<T>;
  readonly send: () => void;
}

/**
 * Collects IDs for a short time, or until there are enough. The timer belongs to whoever came first, so this is for
 * runtimes on which work outlives its request.
 */
export class Batches<T> {
  readonly #open = new Map<string, Batch<T>>();
  readonly #waitMs: number;
  readonly #maxIds: number;

  /** @param waitMs in milliseconds; 0 sends each ID by itself */
  constructor(waitMs: number, maxIds: number) {
    this.#waitMs = waitMs;
    this.#maxIds = maxIds;
  }

  /** Gives what `work` makes of this ID and others of the same group. All who are in a batch get the same. */
  add(group: string, id: string, work: (ids: readonly string[]) => Promise<T>): Promise<T> {
    if (this.#waitMs === 0) return work([id]);
    const batch = this.#open.get(group) ?? this.#begin(group, work);
    batch.ids.add(id);
    if (batch.ids.size >= this.#maxIds) batch.send();
    return batch.result;
  }

  #begin(group: string, work: (ids: readonly string[]) => Promise<T>): Batch<T> {
    const ids = new Set<string>();
    let resolve = () => {};
    const full = new Promise<void>((done) => {
      resolve = done;
    });
    const timer = setTimeout(() => batch.send(), this.#waitMs);
    const batch: Batch<T> = {
      ids,
      result: full.then(() => work([...ids])),
      send: () => {
        clearTimeout(timer);
        if (this.#open.get(group) === batch) this.#open.delete(group);
        resolve();
      },
    };
    this.#open.set(group, batch);
    return batch;
  }
}
