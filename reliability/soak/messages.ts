/**
 * What is said to the process that makes the load of a soak, and what it says.
 *
 * @module
 */
import type { WorldEvent } from './world.ts';

export type Order =
  /** Sends as much as is answered, for so many seconds. */
  | { readonly order: 'measure'; readonly origin: string; readonly seed: number; readonly seconds: number }
  /** Sends so many reviews in a second, until `stop`. */
  | { readonly order: 'run'; readonly perSecond: number }
  | { readonly order: 'event'; readonly event: WorldEvent }
  | { readonly order: 'stop' };

/** After `measure`: answers in a second. After `stop`: what came of the soak. */
export type Told = { readonly perSecond: number } | { readonly soaked: Soaked };

export interface Soaked {
  readonly reviews: number;
  /** By judgement. */
  readonly counts: Readonly<Record<'right' | 'excused' | 'unexplained' | 'wrong', number>>;
  /** By kind of caller. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Answers to the visitor while it was certain which was right. */
  readonly strict: Readonly<Record<'granted' | 'denied', number>>;
  /** The first wrong verdicts. */
  readonly wrong: readonly string[];
  /** The first that nothing explains. */
  readonly unexplained: readonly string[];
  /** Not sent, as too many waited for an answer. */
  readonly heldBack: number;
  /** The longest that the load itself stood still, in milliseconds: as on a machine that is busy with something else. */
  readonly stoodStillMs: number;
  /** In milliseconds, of all answers with a verdict. */
  readonly p50: number;
  readonly p99: number;
}
