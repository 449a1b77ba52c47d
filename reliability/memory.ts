/**
 * What processes hold in memory, sampled.
 *
 * @module
 */
import type { Server } from '../benchmarks/processes.ts';

const mib = 1024 * 1024;

export class MemoryWatch {
  /** Resident sets, in MiB, in the order of time. */
  readonly samples: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  /** Begins to look, every so many milliseconds. */
  constructor(server: Pick<Server, 'residentBytes' | 'isAlive'>, everyMs: number) {
    const look = () => {
      if (server.isAlive) this.samples.push(server.residentBytes / mib);
    };
    look();
    this.#timer = setInterval(look, everyMs);
  }

  get peakMib(): number {
    return Math.max(...this.samples);
  }

  /** The mean of one quarter of the samples, counted from 1. */
  meanOfQuarter(quarter: 1 | 2 | 3 | 4): number {
    const size = this.samples.length / 4;
    const part = this.samples.slice(Math.floor((quarter - 1) * size), Math.floor(quarter * size));
    return part.reduce((sum, one) => sum + one, 0) / part.length;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
