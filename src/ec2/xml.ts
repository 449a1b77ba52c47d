/**
 * Reading the XML of AWS's Query APIs: elements, attributes and text, and nothing else that XML knows.
 *
 * There is no DOCTYPE, so no entity but the five that XML itself has, and nothing that grows while it is read. A parser
 * of the field would be larger than all the rest of this room, and would have to be told to leave that out.
 *
 * @module
 */

/** Thrown by {@link readXml}. Nothing of the document is in it. */
export class XmlError extends Error {}

/** What an answer of EC2 needs is 8 deep. */
const maxDepth = 32;

const prolog = /^\uFEFF?\s*(?:<\?xml [^<>?]*\?>)?\s*/;
const startTag = /<([A-Za-z_][\w.-]*)(?:\s+[\w:.-]+="[^"<]*")*\s*(\/?)>/y;
const endTag = /<\/([A-Za-z_][\w.-]*)\s*>/y;

interface OpenElement {
  readonly name: string;
  /** Names from the root on, with a slash between them. */
  readonly path: string;
  text: string;
  hasChildren: boolean;
}

/**
 * Reads a document in one pass, and tells of each element at its end.
 *
 * @param onElement is given the element's path, such as `Response/Errors/Error/Code`, and its text; an element that has
 * elements inside has none
 * @throws {XmlError} for whatever is not of this small language, and what `onElement` throws
 */
export function readXml(document: string, onElement: (path: string, text: string) => void): void {
  const open: OpenElement[] = [];
  let at = prolog.exec(document)?.[0].length ?? 0;
  do {
    const parent = open.at(-1);
    const tagAt = document.indexOf('<', at);
    if (tagAt < 0) throw new XmlError('ends before its root element does');
    const text = document.slice(at, tagAt);
    if (parent !== undefined) parent.text += text;
    else if (text !== '') throw new XmlError('has text outside of its root element');
    if (document[tagAt + 1] === '/') {
      const [tag, name] = match(endTag, document, tagAt);
      if (parent === undefined || parent.name !== name)
        throw new XmlError('has an end tag without its start');
      open.pop();
      at = tagAt + tag.length;
      onElement(parent.path, textOf(parent));
      continue;
    }
    const [tag, name = '', empty] = match(startTag, document, tagAt);
    if (open.length === maxDepth) throw new XmlError('is too deep');
    if (parent !== undefined) parent.hasChildren = true;
    const path = parent === undefined ? name : `${parent.path}/${name}`;
    at = tagAt + tag.length;
    if (empty === '/') onElement(path, '');
    else open.push({ name, path, text: '', hasChildren: false });
  } while (open.length > 0);
  if (document.slice(at).trim() !== '') throw new XmlError('goes on after its root element');
}

/** The texts of some elements, each of which may be there once. */
export function readElements(document: string, wanted: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  readXml(document, (path, text) => {
    if (!wanted.includes(path)) return;
    if (found.has(path)) throw new XmlError('has an element twice');
    found.set(path, text);
  });
  return found;
}

function match(pattern: RegExp, document: string, at: number): RegExpExecArray {
  pattern.lastIndex = at;
  const found = pattern.exec(document);
  if (found === null) throw new XmlError('has something other than elements and text');
  return found;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function textOf({ text, hasChildren }: OpenElement): string {
  if (hasChildren) {
    if (text.trim() !== '') throw new XmlError('has text beside elements');
    return '';
  }
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]{0,10};?)/g, (_, reference: string) => {
    const [, name = '', decimal, hexadecimal] =
      /^(?:([a-z]{2,4})|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));$/.exec(reference) ?? [];
    const code = decimal ? Number(decimal) : Number.parseInt(hexadecimal ?? '', 16);
    const character = Number.isNaN(code) ? entities[name] : characterOf(code);
    if (character === undefined) throw new XmlError('has an entity that XML does not have');
    return character;
  });
}

function characterOf(code: number): string | undefined {
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    ? String.fromCodePoint(code)
    : undefined;
}
