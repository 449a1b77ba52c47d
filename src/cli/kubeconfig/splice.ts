/**
 * Putting an item into a list of a YAML text, and leaving the rest of the text alone.
 *
 * @module
 */
import { type Document, isMap, isScalar, isSeq, type Pair, stringify, type ToStringOptions } from 'yaml';

/** kubectl reads YAML 1.1, where `on` and `no` are truth values: such text is put into quotes. */
export const compat = 'yaml-1.1';

const style = { indentSeq: false, lineWidth: 0 } as const satisfies ToStringOptions;

/** What is to stand where. */
export interface Insertion {
  readonly list: string;
  /** In place of the item there, or behind the last one. */
  readonly index: number;
  readonly item: object;
}

/**
 * The text with the item, where the list stands in block style, is empty or is not there; else undefined. What it means
 * is for the caller to check.
 */
export function spliced(text: string, document: Document, insertion: Insertion): string | undefined {
  const root = document.contents;
  if (!isMap(root) || root.flow === true) return undefined;
  const pair = root.items.find(({ key }) => isScalar(key) && key.value === insertion.list);
  const added = (indent: string) => linesOf(text, insertion.item, indent);
  if (pair === undefined) return `${ended(text)}${insertion.list}:${newlineOf(text)}${added('')}`;
  if (isSeq(pair.value) && pair.value.items.length > 0) return intoBlock(text, pair, insertion, added);
  const [, keyEnd] = rangeOf(pair.key);
  const [, valueEnd] = rangeOf(pair.value);
  const colon = text.indexOf(':', keyEnd) + 1;
  const rest = text.slice(Math.max(colon, valueEnd)).replace(/^ *\r?\n?/, '');
  return text.slice(0, colon) + newlineOf(text) + added('') + rest;
}

/** The text as the library writes the document with the item: another layout, the same content. */
export function rewritten(document: Document, { list, index, item }: Insertion, isJson: boolean): string {
  const copy = document.clone() as Document;
  const node = copy.createNode(item, { flow: isJson });
  if (!isSeq(copy.get(list))) copy.set(list, copy.createNode([]));
  copy.setIn([list, index], node);
  const quoted = { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE' } as const;
  return copy.toString({ ...style, ...(isJson && quoted) });
}

function intoBlock(
  text: string,
  { value }: Pair,
  { index }: Insertion,
  added: (indent: string) => string,
): string | undefined {
  if (!isSeq(value) || value.flow === true) return undefined;
  const ranges = value.items.map(rangeOf);
  const indent = /^ *(?=- +$)/.exec(lineUpTo(text, ranges[0]?.[0] ?? 0))?.[0];
  const [from, , to] = ranges[Math.min(index, ranges.length - 1)] ?? [0, 0, 0];
  if (indent === undefined) return undefined;
  const start = from - lineUpTo(text, from).length;
  const end = contentEnd(text, start, to);
  const kept = index < ranges.length ? text.slice(0, start) : ended(text.slice(0, end));
  return kept + added(indent) + text.slice(end);
}

/** Without the comments and blank lines at the end, which are of what comes next. */
function contentEnd(text: string, start: number, to: number): number {
  let end = to;
  while (end > start) {
    const lineStart = text.lastIndexOf('\n', end - 2) + 1;
    if (!/^\s*(?:#.*)?$/.test(text.slice(lineStart, end).trimEnd())) break;
    end = lineStart;
  }
  return end;
}

function linesOf(text: string, item: object, indent: string): string {
  const lines = stringify([item], { ...style, compat })
    .trimEnd()
    .split('\n');
  return lines.map((line) => indent + line + newlineOf(text)).join('');
}

function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : text + newlineOf(text);
}

/** Begin, end of the value, and end with what follows it. */
function rangeOf(node: unknown): readonly [number, number, number] {
  return (node as { range?: [number, number, number] } | null)?.range ?? [0, 0, 0];
}

/** The line that a position is in, up to it. */
function lineUpTo(text: string, position: number): string {
  return text.slice(text.lastIndexOf('\n', position - 1) + 1, position);
}
