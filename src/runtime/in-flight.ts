/**
 * Counts what is in flight, where the server does not.
 *
 * @module
 */

/** Requests that are not answered yet. */
export class InFlight {
  #count = 0;
  #whenNone: (() => void) | undefined;

  /** Counts a request until its answer is out, or its client gone. */
  add(completed: Promise<unknown>): void {
    this.#count++;
    const end = () => {
      this.#count--;
      if (this.#count === 0) this.#whenNone?.();
    };
    completed.then(end, end);
  }

  /** Resolves when there are none. */
  async none(): Promise<void> {
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenNone = resolve;
    });
  }
}
