/**
 * Counters, histograms and gauges in a registry of their own.
 *
 * @module
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { counters, gauges, histograms } from './definitions.ts';

/** All of them. */
export interface Meters {
  readonly count: (name: keyof typeof counters, ...labels: readonly string[]) => void;
  /** Shows a counter that has not counted yet: of one that appears with its first use no increase is seen. */
  readonly show: (name: keyof typeof counters, ...labels: readonly string[]) => void;
  /** Hands on what was counted, which is put off until somebody reads: each `inc` takes ten times as long. */
  readonly settle: () => void;
  readonly observe: (name: keyof typeof histograms, ms: number, ...labels: readonly string[]) => void;
  readonly gauges: Readonly<Record<keyof typeof gauges, Gauge>>;
}

/** What a counter has counted since somebody read it. */
interface Tally {
  readonly child: { inc(by: number): void };
  count: number;
}

/** Registers them. */
export function createMeters(registry: Registry): Meters {
  const registers = [registry];
  const tallies: Tally[] = [];
  const counted = mapped(counters, (name, [help, labelNames]) => {
    const counter = new Counter({ name, help, labelNames: [...labelNames], registers });
    return remembered((labels): Tally => {
      const tally = { child: counter.labels(...labels), count: 0 };
      tallies.push(tally);
      return tally;
    });
  });
  const observed = mapped(histograms, (name, [help, labelNames, buckets]) => {
    const labels = { labelNames: [...labelNames], buckets: [...buckets] };
    const histogram = new Histogram({ name, help, ...labels, registers });
    return remembered((values) => histogram.labels(...values));
  });
  return {
    count(name, ...labels) {
      counted[name](labels).count++;
    },
    show: (name, ...labels) => void counted[name](labels),
    settle() {
      for (const tally of tallies) {
        tally.child.inc(tally.count);
        tally.count = 0;
      }
    },
    observe: (name, ms, ...labels) => observed[name](labels).observe(ms / 1000),
    gauges: mapped(
      gauges,
      (name, [help, labelNames]) => new Gauge({ name, help, labelNames: [...labelNames], registers }),
    ),
  };
}

/** By labels, one after the other. */
interface Branch<T> {
  value?: T;
  readonly next: Map<string, Branch<T>>;
}

/** What labels stand for is made once: their values come from closed lists and from the configuration. */
function remembered<T>(make: (labels: string[]) => T): (labels: readonly string[]) => T {
  const root: Branch<T> = { next: new Map() };
  return (labels) => {
    let branch = root;
    for (const label of labels) {
      let next = branch.next.get(label);
      if (next === undefined) {
        next = { next: new Map() };
        branch.next.set(label, next);
      }
      branch = next;
    }
    branch.value ??= make([...labels]);
    return branch.value;
  };
}

function mapped<K extends string, V, T>(
  table: Readonly<Record<K, V>>,
  make: (name: K, value: V) => T,
): Record<K, T> {
  const entries = Object.entries(table) as [K, V][];
  return Object.fromEntries(entries.map(([name, value]) => [name, make(name, value)])) as Record<K, T>;
}
