/**
 * What a mutation of a token is.
 *
 * @module
 */
import type { Random } from '../../support/random.ts';
import { type Draft, readDraft, writeDraft } from './draft.ts';

/** A text after its change, and where it was changed, in words that tell nothing of a token. */
export interface Changed {
  readonly text: string;
  readonly place: string;
}

export interface Mutation {
  /** What it is counted under. */
  readonly kind: string;
  /**
   * Changes the URL in the token, one byte a character, or the token itself.
   *
   * @param now in milliseconds since the epoch
   */
  change(text: string, chance: Random, now: number): Changed;
}

/** A mutation of the pieces of a URL. Its change gives the place. */
export function ofDraft(
  kind: string,
  change: (draft: Draft, chance: Random, now: number) => string,
): Mutation {
  return {
    kind,
    change(text, chance, now) {
      const draft = readDraft(text);
      if (draft === undefined) return { text, place: 'nowhere, as there is no query' };
      const place = change(draft, chance, now);
      return { text: writeDraft(draft), place };
    },
  };
}
