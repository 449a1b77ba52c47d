/**
 * Where records go: the log, metrics, traces. Each is a sink, and several are one.
 *
 * @module
 */
import type { CircuitChange } from '../verifier/breaker.ts';
import type { AdminRecord } from './admin/admin.ts';
import type { ExchangeRecord } from './issuer/record.ts';
import type { DecisionRecord } from './log.ts';

/** An STS host is left alone for a while, or is not any more. */
export type CircuitRecord = CircuitChange & {
  readonly event: 'circuit';
  /** RFC 3339 */
  readonly time: string;
};

/** What somebody has asked for, and got: one for each review, each request to the admin API and each exchange. */
export type RequestRecord = DecisionRecord | AdminRecord | ExchangeRecord;

/** What is recorded. */
export type LogRecord = RequestRecord | CircuitRecord;

/** Takes records. What it does with them nobody waits for. */
export interface Sink {
  record(record: LogRecord): void;
}

/** Several sinks as one, which never throws: one that fails changes no answer, and keeps nothing from the others. */
export function joinSinks(sinks: readonly Sink[]): Sink {
  return {
    record(record) {
      for (const sink of sinks) {
        try {
          const written: unknown = sink.record(record);
          if (written instanceof Promise) written.catch(() => {});
        } catch {
          // there is nobody to tell
        }
      }
    },
  };
}
