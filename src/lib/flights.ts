/**
 * Joining concurrent work: one caller does it, the others wait for its result.
 *
 * @module
 */

/**
 * What keeps work alive beyond the request that began it: a Worker's `ExecutionContext` fits. On Workers a request
 * whose client resets the connection takes its continuations along, so work is joined only where it was registered.
 * On Deno and Node nothing ends work early, and {@link detached} will do.
 */
export interface TaskContext {
  /** Keeps the runtime at work until this has settled. */
  waitUntil(promise: Promise<unknown>): void;
}

/** The context of runtimes where work outlives the request by itself: Deno and Node. */
export const detached: TaskContext = { waitUntil: () => {} };

const late = Symbol('late');

/** Work under way, by key. Results must be plain data: objects of one Worker request cannot be used in another. */
export class Flights<T> {
  readonly #flights = new Map<string, Promise<T>>();
  readonly #leaseMs: number;

  /** @param leaseMs how long a follower waits for its leader before it does the work itself, in milliseconds */
  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** Does the work, or waits for whoever is doing it. Without a context nothing is joined. */
  async join(key: string, work: () => Promise<T>, context: TaskContext | undefined): Promise<T> {
    if (context === undefined) return work();
    // A leader that is late is taken for dead, and the first to notice takes its place. Who has outwaited two leaders
    // waits for no third.
    for (let round = 0; round < 2; round++) {
      const flight = this.#flights.get(key);
      if (flight === undefined) return this.#lead(key, work, context);
      const result = await this.#follow(flight);
      if (result !== late) return result;
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    }
    return work();
  }

  #lead(key: string, work: () => Promise<T>, context: TaskContext): Promise<T> {
    const flight = work().finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    context.waitUntil(flight.catch(() => {})); // first: what could not be registered must not be joined
    this.#flights.set(key, flight);
    return flight;
  }

  async #follow(flight: Promise<T>): Promise<T | typeof late> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const lease = new Promise<typeof late>((resolve) => {
      timer = setTimeout(resolve, this.#leaseMs, late);
    });
    try {
      return await Promise.race([flight, lease]);
    } finally {
      clearTimeout(timer);
    }
  }
}
