/**
 * @module
 */

/** The part of a Durable Object's state that is used. */
export interface ObjectState {
  readonly storage: {
    readonly sql: {
      exec<Row>(query: string, ...bindings: readonly (string | number | null)[]): { toArray(): Row[] };
    };
    setAlarm(time: number): Promise<void>;
    deleteAlarm(): Promise<void>;
  };
}
