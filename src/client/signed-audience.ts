/**
 * The audience as a client signs it: with what it binds the token to.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { assertAudience, maxAudienceLength } from '../token/audience.ts';

/**
 * Checks an audience, and that it can be signed with suffixes of so many characters.
 *
 * @throws {ConfigurationError} where it is none, holds a `#`, or is too long for them.
 */
export function assertSignableAudience(audience: unknown, suffixLength: number): asserts audience is string {
  assertAudience('audience', audience);
  if (audience.includes('#')) {
    throw new ConfigurationError(
      'audience',
      'it holds "#", which separates an audience from what a token is bound to',
      'Give it without; the options `request` and `nonce` (`bound` and `oneTime` of createFetch) bind a token.',
    );
  }
  const length = audience.length + suffixLength;
  if (length > maxAudienceLength) {
    throw new ConfigurationError(
      'audience',
      `its ${audience.length} characters and the ${suffixLength} that bind the token are ${length}, and ${maxAudienceLength} is the most`,
      `Use an audience of at most ${maxAudienceLength - suffixLength} characters.`,
    );
  }
}
