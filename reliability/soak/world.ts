/**
 * What was wrong when, and who was let in when, as far as a process that judges answers has been told.
 *
 * @module
 */

/** Told before the change is made, and again when it is done. */
export type WorldEvent =
  /** Undefined `host`: at all of them. */
  | { readonly what: 'sts'; readonly host: string | undefined; readonly on: boolean; readonly at: number }
  | { readonly what: 'store'; readonly on: boolean; readonly at: number }
  | { readonly what: 'policy'; readonly gina: boolean; readonly done: boolean; readonly at: number };

interface Trouble {
  readonly host: string | undefined;
  readonly from: number;
  until: number;
}

/**
 * How long after the end of a fault there may still be no verdict, in milliseconds: an STS that failed is tried again after 30 seconds
 * at the latest, and a token that it gave no verdict for has had its calls for as long.
 */
export const graceMs = 32_000;

/** Until a policy decides, in milliseconds: it is held for a second, one read may take three, and on a busy machine not the first succeeds. */
const policyLagMs = 12_000;

export class World {
  readonly #sts: Trouble[] = [];
  readonly #store: Trouble[] = [];
  /** From when on Gina may be let in or not, and from when on it is certain. */
  readonly #policies: { readonly gina: boolean; readonly from: number; surelyFrom: number }[] = [];

  note(event: WorldEvent): void {
    if (event.what === 'policy') {
      const last = this.#policies.at(-1);
      if (event.done && last !== undefined) last.surelyFrom = event.at;
      else this.#policies.push({ gina: event.gina, from: event.at, surelyFrom: Number.POSITIVE_INFINITY });
      return;
    }
    const troubles = event.what === 'sts' ? this.#sts : this.#store;
    const host = event.what === 'sts' ? event.host : undefined;
    if (event.on) troubles.push({ host, from: event.at, until: Number.POSITIVE_INFINITY });
    else for (const one of troubles) if (one.host === host) one.until = Math.min(one.until, event.at);
  }

  /** Whether STS was in trouble at a host, or had been shortly before. */
  isStsTroubled(host: string, from: number, until: number): boolean {
    return this.#sts.some(
      (one) => (one.host ?? host) === host && one.from <= until && one.until + graceMs >= from,
    );
  }

  isStoreTroubled(from: number, until: number): boolean {
    return this.#store.some((one) => one.from <= until && one.until + policyLagMs >= from);
  }

  /** What may be said of Gina to a review of that time: one answer, or both while it changes. */
  ginaAt(sentAt: number, answeredAt: number): ReadonlySet<boolean> {
    let from = sentAt - policyLagMs;
    // meanwhile the last good policy goes on
    for (const one of this.#store.toReversed())
      if (one.from <= answeredAt && one.until + policyLagMs >= from)
        from = Math.min(from, one.from - policyLagMs);
    const states = this.#policies.filter(({ from: begins }, index) => {
      const ends = this.#policies[index + 1]?.surelyFrom ?? Number.POSITIVE_INFINITY;
      return begins <= answeredAt && ends >= from;
    });
    return new Set(states.map(({ gina }) => gina));
  }
}
