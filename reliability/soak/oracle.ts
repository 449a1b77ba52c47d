/**
 * Knows what each review may be answered.
 *
 * @module
 */
import { inventedHosts } from '../people.ts';
import { type Outcome, toldOf } from '../review.ts';
import { graceMs, type World } from './world.ts';

/** Whether they are let in: always under one name, as the policy of the moment says, or never, for one of these reasons. */
export type Right =
  | { readonly let: 'in'; readonly username: string }
  | { readonly let: 'by policy'; readonly username: string; readonly code: string }
  | { readonly let: 'out'; readonly code: string };

/** One review. */
export interface Asked {
  readonly kind: string;
  readonly right: Right;
  /** Where STS has to be asked; undefined where it is not. */
  readonly host: string | undefined;
  readonly sentAt: number;
  readonly answeredAt: number;
  /** When this token was last answered without a verdict. */
  readonly noneAt: number | undefined;
}

/**
 * `excused` is no verdict for a reason that there was, `unexplained` one without. `strict` says that a verdict was right where
 * the opposite had been right at another time.
 */
export type Judgement =
  | { readonly is: 'right'; readonly strict?: 'granted' | 'denied' }
  | { readonly is: 'excused' | 'unexplained' }
  | { readonly is: 'wrong'; readonly why: string };

export function judge(world: World, asked: Asked, outcome: Outcome): Judgement {
  if (outcome.kind === 'none') {
    const isExcused = isUnlisted(asked.host) ? outcome.code === 'overloaded' : hasExcuse(world, asked);
    return { is: isExcused ? 'excused' : 'unexplained' };
  }
  if (outcome.kind === 'broken') return wrong(asked, outcome);
  const { right } = asked;
  if (right.let !== 'by policy') {
    const isRight =
      right.let === 'in'
        ? outcome.kind === 'granted' && outcome.username === right.username
        : outcome.kind === 'denied' && outcome.code === right.code;
    return isRight ? { is: 'right' } : wrong(asked, outcome);
  }
  const may = world.ginaAt(asked.sentAt, asked.answeredAt);
  const isRight =
    outcome.kind === 'granted'
      ? may.has(true) && outcome.username === right.username
      : may.has(false) && outcome.code === right.code;
  if (!isRight) return wrong(asked, outcome);
  return may.size === 1 ? { is: 'right', strict: outcome.kind } : { is: 'right' };
}

/** Of names that are not listed few are asked at once, and no fault of STS may be felt there. */
function isUnlisted(host: string | undefined): boolean {
  return inventedHosts.some((invented) => invented.host === host);
}

function hasExcuse(world: World, { host, sentAt, answeredAt, noneAt }: Asked): boolean {
  if (world.isStoreTroubled(sentAt, answeredAt)) return true;
  if (host === undefined) return false;
  const isRepeated = noneAt !== undefined && noneAt > sentAt - graceMs;
  return isRepeated || world.isStsTroubled(host, sentAt, answeredAt);
}

function wrong({ kind, right }: Asked, outcome: Outcome): Judgement {
  return { is: 'wrong', why: `${kind}: ${toldOf(outcome)}, and right is ${Object.values(right).join(' ')}` };
}
