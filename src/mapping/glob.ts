/**
 * Globs as in IAM's StringLike and ArnLike: `*` stands for any run of characters, `?` for exactly one.
 *
 * @module
 */

/** More of them say nothing that fewer cannot, and cost time at every decision. */
const maxStars = 8;

/** What is wrong with a glob of more. */
export const starsProblem: string = `has more than ${maxStars} times "*"`;

export function hasTooManyStars(glob: string): boolean {
  return glob.split('*').length - 1 > maxStars;
}

export function hasWildcard(text: string): boolean {
  return /[*?]/.test(text);
}

/** What stands before the first wildcard. */
export function headOf(glob: string): string {
  const [head = ''] = glob.split(/[*?]/, 1);
  return head;
}

/** Whether a glob says nothing of what it matches. */
export function isBare(glob: string): boolean {
  return /^[*?/]*$/.test(glob);
}

const star = '*'.charCodeAt(0);
const one = '?'.charCodeAt(0);

/**
 * Whether the whole value is like the glob. Goes back to the last `*` alone, so it takes at most length times length
 * steps, whatever the caller chose. It compares character codes: texts of one character take ten times as long.
 */
export function matchesGlob(glob: string, value: string): boolean {
  let at = 0;
  let lastStar = -1;
  let restart = 0;
  for (let i = 0; i < value.length; ) {
    const wanted = glob.charCodeAt(at);
    if (wanted === star) {
      lastStar = at++;
      restart = i;
    } else if (wanted === one || wanted === value.charCodeAt(i)) {
      at++;
      i++;
    } else if (lastStar >= 0) {
      at = lastStar + 1;
      i = ++restart;
    } else {
      return false;
    }
  }
  while (glob.charCodeAt(at) === star) at++;
  return at === glob.length;
}
