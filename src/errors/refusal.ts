/**
 * A refusal: a value, not an exception, since it is the expected answer to a bad token.
 *
 * @module
 */
import type { Code } from './codes.ts';

/** A refusal, by a stable code. {@link reasonOf} gives it in words, for those who show it to somebody. */
export interface Refused<C extends Code = Code> {
  /** Tells it from a success. */
  readonly ok: false;
  /** Why: stable, for programs. */
  readonly code: C;
  /** What in particular. Free of anything secret. */
  readonly detail?: string;
}

/** Makes a refusal. `detail` must hold only checked values. */
export function refuse<C extends Code>(code: C, detail?: string): Refused<C> {
  return detail === undefined ? { ok: false, code } : { ok: false, code, detail };
}
