/**
 * Text that somebody else wrote, as it is shown: a policy, a message or a server must not paint over the terminal, nor
 * turn the order of what is read.
 *
 * @module
 */
import { Document, isScalar, visit } from 'yaml';

/** Control and format characters, line and paragraph separators, halves of characters. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line of printable text; what is not is spelt out, as in `\u{1b}`. */
export function shown(text: string): string {
  return text.replace(unprintable, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

/** JSON that says the same to a parser, and nothing to a terminal. */
export function jsonText(value: unknown, indent = 0): string {
  // JSON.stringify leaves DEL, C1 and the format characters as they are
  return JSON.stringify(value, null, indent).replace(unprintable, (char) =>
    char === '\n' ? char : [...Array(char.length).keys()].map((at) => unit(char.charCodeAt(at))).join(''),
  );
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

/** YAML that says the same to a parser, and nothing to a terminal. */
export function yamlText(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (isScalar(node) && typeof node.value === 'string' && node.value.search(unprintable) !== -1) {
        node.type = 'QUOTE_DOUBLE';
      }
    },
  });
  const text = document.toString({
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER, // else a line of its own may begin with anything
  });
  // what is left of them is within double quotes
  return text.replace(unprintable, (char) => {
    return char === '\n' ? char : `\\U${char.codePointAt(0)?.toString(16).padStart(8, '0')}`;
  });
}
