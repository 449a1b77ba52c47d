/**
 * Links between the pages of the API reference.
 *
 * @module
 */

/** Knows where each symbol is described. */
export interface Links {
  /** A link to a symbol; its name as code where no page has it. */
  to(name: string): string;
  /** Links to the symbols that a piece of code names, in the order of the alphabet. */
  ofCode(code: string): string[];
  /** Text of a doc comment, as Markdown. */
  text(text: string): string;
}

/**
 * The links of one page. A symbol of several pages is linked to where it is nearest: here, else on the first of them.
 *
 * @param symbols by page, in the order of the page
 */
export function linksOn(page: string, symbols: ReadonlyMap<string, readonly string[]>): Links {
  const homes = new Map<string, string>();
  for (const [home, names] of symbols) {
    for (const name of names) {
      const place = `${home === page ? '' : `${home}.md`}#${anchorOf(name, names)}`;
      if (home === page || !homes.has(name)) homes.set(name, place);
    }
  }
  const to = (name: string): string => {
    const home = homes.get(name);
    return home === undefined ? `\`${name}\`` : `[\`${name}\`](${home})`;
  };
  return {
    to,
    ofCode: (code) =>
      [...new Set(code.match(/\b[A-Z]\w+/g))]
        .filter((name) => homes.has(name))
        .sort()
        .map(to),
    text: (text) =>
      text
        .replace(/\{@link (\w+)\}/g, (_, name: string) => to(name))
        .replace(/`?docs\/([\w-]+\.md)`?/g, '[$1](../$1)')
        .trim(),
  };
}

/** As GitHub names headings: in lower case, and numbered where an earlier one is the same then. */
function anchorOf(name: string, names: readonly string[]): string {
  const anchor = name.toLowerCase();
  const before = names.slice(0, names.indexOf(name)).filter((other) => other.toLowerCase() === anchor);
  return before.length === 0 ? anchor : `${anchor}-${before.length}`;
}
