/**
 * Globs as in IAM's StringLike and ArnLike: `*` stands for any run of characters, `?` for exactly one.
 *
 * @module
 */

/** A glob, read once. */
export interface Glob {
  readonly text: string;
  /** What stands before the first wildcard. */
  readonly head: string;
}

export function parseGlob(text: string): Glob {
  const wildcard = text.search(/[*?]/);
  return { text, head: wildcard < 0 ? text : text.slice(0, wildcard) };
}

/** Whether a glob says nothing of what it matches. */
export function isBare({ text }: Glob): boolean {
  return /^[*?]*$/.test(text);
}

/**
 * Whether the whole value is like the glob. Goes back to the last `*` alone, so it takes at most length times length
 * steps, whatever the caller chose.
 */
export function matchesGlob({ text }: Glob, value: string): boolean {
  let at = 0;
  let star = -1;
  let restart = 0;
  for (let i = 0; i < value.length; ) {
    if (text[at] === '*') {
      star = at++;
      restart = i;
    } else if (text[at] === '?' || text[at] === value[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++restart;
    } else {
      return false;
    }
  }
  while (text[at] === '*') at++;
  return at === text.length;
}
