/**
 * What a part of `npm run reliability` is.
 *
 * @module
 */
import type { Checks } from './checks.ts';
import type { Runtime } from './deployment.ts';

export interface Extent {
  /** Of the soak. */
  readonly minutes: number;
  /** For what is left to chance. */
  readonly seed: number;
  /** As CI runs it: what takes long is cut down. */
  readonly isShort: boolean;
}

export interface PartOptions extends Extent {
  readonly checks: Checks;
  readonly runtime: Runtime;
}

/** Run once for each runtime. */
export interface Part {
  readonly name: string;
  /** Whether all runtimes have their turn at once: what waits more than it works. */
  readonly isSideBySide: boolean;
  run(options: PartOptions): Promise<void>;
}
