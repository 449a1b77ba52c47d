/**
 * What is logged of shadow mode.
 *
 * @module
 */
import type { Decision } from '../review/decide.ts';
import type { IncumbentAnswer } from '../review/shadow/answer.ts';
import { compareVerdicts } from '../review/shadow/compare.ts';
import type { ShadowRecord } from './log.ts';

/** @param ours undefined where deciding broke */
export function shadowRecord(
  { status, httpStatus, code }: IncumbentAnswer,
  ours: Decision | undefined,
): ShadowRecord {
  const differences = compareVerdicts(status, ours);
  const outcome = differences === undefined ? 'not_compared' : differences.length > 0 ? 'differs' : 'agrees';
  return {
    outcome,
    theirs: code ?? (status?.authenticated ? 'granted' : 'denied'),
    httpStatus,
    // of a foreign token a sentence may repeat what cannot be known by its form
    reason: ours && ours.verdict !== 'foreign' && status?.error ? status.error : undefined,
    differences,
  };
}
