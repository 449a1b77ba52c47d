/**
 * A refusal, and how each group of codes makes its own.
 *
 * A refusal is a value, not an exception: it is the expected answer to a bad token.
 *
 * @module
 */

/** A refusal: a stable code and a sentence of ours, free of anything secret. */
export interface Refused<C extends string = string> {
  readonly ok: false;
  readonly code: C;
  readonly reason: string;
}

/** Makes the refusal for a code. `detail`, where given, is appended; it must hold only checked values. */
export type Refuse<Codes extends string> = <C extends Codes>(code: C, detail?: string) => Refused<C>;

/** What refuses with the texts of one group. Each group has its own, so that a bundle holds no text that it never gives. */
export function refuseBy<Codes extends string>(texts: Readonly<Record<Codes, string>>): Refuse<Codes> {
  return (code, detail) => ({
    ok: false,
    code,
    reason: detail === undefined ? texts[code] : `${texts[code]} (${detail})`,
  });
}
