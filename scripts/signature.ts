/**
 * Signatures of declarations, cut out of their source and written as their users see them.
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
  'class member': /^(?:;| = | \{[\n}])/,
};
const statementEnd = /^;/;

/** Where a declaration begins. */
export interface Location {
  readonly filename: string;
  readonly byteIndex: number;
}

/** The signature of the declaration that begins at a place. */
export function signatureAt(location: Location, kind: string): string {
  const text = sourceAt(location, kind);
  if (kind === 'typeAlias') return unionOfKeys(text, location) ?? text;
  const signature = asCalled(withoutComments(text).replace(/^async /, ''));
  return kind === 'variable' ? `const ${signature}` : signature;
}

/** The signature of a member, in one line. That it is read-only is not said: nearly all are. */
export function memberAt(location: Location, kind: string): string {
  return signatureAt(location, `${kind} member`)
    .replace(/\s+/g, ' ')
    .replace(/\( /g, '(')
    .replace(/,? \)/g, ')')
    .replace(/^readonly /, '')
    .replace(/^async /, '')
    .replace(/^(\w+\?: )\((.*)\) \| undefined$/, '$1$2')
    .replace(/^(\w+\?: .*) \| undefined$/, '$1');
}

function sourceAt({ filename, byteIndex }: Location, kind: string): string {
  const text = readFileSync(fileURLToPath(filename)).subarray(byteIndex).toString();
  const end = ends[kind] ?? statementEnd;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const isType = text.charAt(index - 1) === ':'; // an object type, and no body
    if (depth === 0 && !isType && end.test(text.slice(index, index + 4))) {
      return text
        .slice(0, index)
        .replace(/^export /, '')
        .trim();
    }
    if ('([{'.includes(text.charAt(index))) depth++;
    if (')]}'.includes(text.charAt(index))) depth--;
  }
  throw new Error(`no end of the ${kind} in ${filename}`);
}

/** What a signature says, without what is said about it. */
export function withoutComments(text: string): string {
  return text.replace(/\s*\/\*[\s\S]*?\*\//g, '').trim();
}

/** What a parameter is taken apart into is no concern of the caller; that it may be left out is. */
function asCalled(signature: string): string {
  return signature
    .replace(
      /([(,]\s*)\{[^{}]*\}(?=: (\w*)(\{[^{}]*\} =)?)/g,
      (_, before: string, type: string, options?: string) => before + nameFor(options ? 'Options' : type),
    )
    .replace(/(\w+): (\w+|\{[^{}]*\}) = \{\}/g, '$1?: $2');
}

/** `BoundRequest` is a request, `MemoryOnceOptions` are options. */
function nameFor(type: string): string {
  return /[A-Z][a-z]+$/.exec(type)?.[0].toLowerCase() ?? 'value';
}

/** A type that is `keyof typeof` a table in the same file, as the union that it is; undefined where it is not. */
function unionOfKeys(signature: string, { filename }: Location): string | undefined {
  const [, type, name] = /^type (\w+) = keyof typeof (\w+)$/.exec(signature) ?? [];
  if (name === undefined) return undefined;
  const text = readFileSync(fileURLToPath(filename), 'utf8');
  const [, table = ''] = new RegExp(`const ${name} = \\{\n([\\s\\S]*?)^\\}`, 'm').exec(text) ?? [];
  const keys = [...table.matchAll(/^ {2}(\w+):/gm)].map(([, key]) => `'${key}'`);
  return keys.length === 1 ? `type ${type} = ${keys}` : `type ${type} =\n  | ${keys.join('\n  | ')}`;
}
