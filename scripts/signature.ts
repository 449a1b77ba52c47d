/**
 * Signatures of declarations, cut out of their source.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the signature of each kind ends: its body, members or value are not shown. */
const ends: Readonly<Record<string, RegExp>> = {
  function: /^ \{\n/,
  class: /^ \{/,
  interface: /^ \{/,
  variable: /^ = /,
  'class member': /^(?:;| = | \{)/,
};
const statementEnd = /^;/;

/** Where a declaration begins. */
interface Location {
  readonly filename: string;
  readonly byteIndex: number;
}

/** The signature of the declaration that begins at a place. */
export function signatureAt({ filename, byteIndex }: Location, kind: string): string {
  const text = readFileSync(fileURLToPath(filename)).subarray(byteIndex).toString();
  const end = ends[kind] ?? statementEnd;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    if (depth === 0 && end.test(text.slice(index, index + 4))) {
      const signature = withoutComments(text.slice(0, index));
      return kind === 'variable' ? `const ${signature}` : signature;
    }
    if ('([{'.includes(text.charAt(index))) depth++;
    if (')]}'.includes(text.charAt(index))) depth--;
  }
  throw new Error(`no end of the ${kind} in ${filename}`);
}

function withoutComments(text: string): string {
  return text
    .replace(/\s*\/\*[\s\S]*?\*\//g, '')
    .replace(/^export /, '')
    .trim();
}

/** The keys of the table, in the same file, of which a type is `keyof typeof`; none where it is not. */
export function keysOfTable(location: Location): string[] {
  const [, name] = /^type \w+ = keyof typeof (\w+)$/.exec(signatureAt(location, 'typeAlias')) ?? [];
  if (name === undefined) return [];
  const text = readFileSync(fileURLToPath(location.filename), 'utf8');
  const [, table = ''] = new RegExp(`const ${name} = \\{\n([\\s\\S]*?)^\\}`, 'm').exec(text) ?? [];
  return [...table.matchAll(/^ {2}(\w+):/gm)].map(([, key = '']) => key);
}
