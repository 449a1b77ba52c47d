/**
 * Comparing without case, for deny rules.
 *
 * @module
 */

/**
 * The text with one spelling for each letter. A letter becomes one of the same length whatever is beside it: of a whole text
 * `toLowerCase` gives a Greek sigma by its place in the word, and `?` in a glob counts lengths.
 */
export function foldCase(text: string): string {
  return text.replace(/[^a-z]/gu, (letter) => sameLength(sameLength(letter, 'toUpperCase'), 'toLowerCase'));
}

function sameLength(letter: string, way: 'toLowerCase' | 'toUpperCase'): string {
  const other = letter[way]();
  return other.length === letter.length ? other : letter;
}
