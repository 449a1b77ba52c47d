/**
 * What a Durable Object is given.
 *
 * @module
 */

/** The part of a Durable Object's state that is used. */
export interface ObjectState {
  /** Of this object alone. */
  readonly storage: {
    /** Its database. */
    readonly sql: {
      /** Runs a query. */
      exec<Row>(query: string, ...bindings: readonly (string | number | null)[]): { toArray(): Row[] };
    };
    /** Has `alarm` called at a time, in milliseconds since the epoch. */
    setAlarm(time: number): Promise<void>;
    /** Has it not called. */
    deleteAlarm(): Promise<void>;
  };
}
