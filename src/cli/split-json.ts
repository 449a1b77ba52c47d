/**
 * JSON documents that follow one another without anything between them.
 *
 * @module
 */

/** The documents as texts, where there are two or more objects; undefined where the text is anything else. */
export function splitJson(text: string): readonly string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (depth === 0) {
      if (/[ \t\r\n]/.test(char)) continue;
      if (char !== '{') return undefined;
      start = at;
    }
    if (char === '"') {
      const end = endOfString(text, at);
      if (end === undefined) return undefined;
      at = end;
    } else if (char === '{' || char === '[') {
      depth++;
    } else if (char === '}' || char === ']') {
      depth--;
      if (depth === 0) parts.push(text.slice(start, at + 1));
    }
  }
  return depth === 0 && parts.length > 1 ? parts : undefined;
}

/** The closing quote of a string that begins here. */
function endOfString(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return undefined;
}
