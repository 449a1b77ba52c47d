/**
 * Adding an entry to the text of a kubeconfig, and leaving the rest of the text alone.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isSeq, parseDocument, stringify } from 'yaml';
import { member } from '../../lib/json.ts';
import { type CommandError, usageError } from '../exit-codes.ts';

/** A named entry of a list: `{name, [member]: value}`. */
export interface Entry {
  readonly list: 'users' | 'contexts';
  readonly name: string;
  readonly member: 'user' | 'context';
  readonly value: object;
}

const empty = 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n';

type Value = Readonly<Record<string, unknown>>;

/** The text of a kubeconfig. */
export class Kubeconfig {
  readonly text: string;
  readonly #path: string;
  readonly #document: Document;
  readonly #value: Value;

  /**
   * @param text undefined for a new one
   * @param path for messages
   * @throws {CommandError} that says where it is no kubeconfig, and quotes nothing of it: it may hold secrets
   */
  constructor(text: string | undefined, path: string) {
    this.text = text ?? empty;
    this.#path = path;
    this.#document = parseDocument(this.text, { version: '1.2', uniqueKeys: true });
    const [problem] = this.#document.errors;
    if (problem !== undefined) {
      const { line, col } = problem.linePos?.[0] ?? { line: 1, col: 1 };
      throw this.#wrong(`not one document of YAML, from line ${line}, column ${col}`, 'correct it there');
    }
    this.#value = this.#read();
  }

  /** @throws {CommandError} where there is no cluster of this name */
  assertCluster(name: string): void {
    if (this.#entry('clusters', name) !== undefined) return;
    throw usageError(`--cluster: ${this.#path} has no cluster of this name`, 'name one of those that it has');
  }

  /**
   * The same with an entry; itself where it has it.
   *
   * @throws {CommandError} where there is another of that name, unless it is to be replaced
   */
  with(entry: Entry, replace: boolean): Kubeconfig {
    const { list, name, member: key, value } = entry;
    const item = { name, [key]: value };
    const old = this.#entry(list, name);
    if (old !== undefined && isDeepStrictEqual(old, JSON.parse(JSON.stringify(item)))) return this;
    if (old !== undefined && !replace) {
      const option = key === 'user' ? '--user' : '--context';
      throw usageError(
        `${this.#path} has another ${key} ${JSON.stringify(name)}`,
        `give another name with ${option}, or --replace`,
      );
    }
    const items = this.#list(list);
    const index = old === undefined ? items.length : items.indexOf(old);
    const wanted = { ...this.#value, [list]: items.toSpliced(index, old === undefined ? 0 : 1, item) };
    const text = this.#spliced(list, index, item) ?? this.#rewritten(list, index, item);
    const edited = new Kubeconfig(text, this.#path);
    if (!isDeepStrictEqual(edited.#value, JSON.parse(JSON.stringify(wanted)))) {
      throw this.#wrong('cannot be changed without changing something else', 'add the entry by hand');
    }
    return edited;
  }

  #read(): Value {
    let value: unknown;
    try {
      value = this.#document.toJS({ maxAliasCount: 20 });
    } catch {
      throw this.#wrong('too many aliases, or broken ones', 'write it without');
    }
    if (!isMap(this.#document.contents) || member(value, 'kind') !== 'Config') {
      throw this.#wrong('not a kubeconfig (kind: Config)', 'is it the right file?');
    }
    for (const list of ['clusters', 'users', 'contexts']) {
      const found = member(value, list) ?? [];
      const isList = Array.isArray(found) && found.every((one) => typeof member(one, 'name') === 'string');
      if (!isList) throw this.#wrong(`${list} is not a list of named entries`, 'correct it there');
    }
    return JSON.parse(JSON.stringify(value));
  }

  #list(list: string): readonly unknown[] {
    return (member(this.#value, list) ?? []) as readonly unknown[];
  }

  #entry(list: string, name: string): unknown {
    return this.#list(list).find((one) => member(one, 'name') === name);
  }

  /** With the entry put between the lines of a list in block style; undefined where there is no such list. */
  #spliced(list: string, index: number, item: object): string | undefined {
    const items = this.#document.get(list);
    if (!isSeq(items) || items.flow === true || items.items.length === 0) return undefined;
    const ranges = items.items.map((one) => (one as { range?: [number, number, number] }).range);
    const [first] = ranges;
    const [from, , to] = ranges[Math.min(index, ranges.length - 1)] ?? [];
    if (first === undefined || from === undefined || to === undefined) return undefined;
    const indent = /^ *(?=- +$)/.exec(lineUpTo(this.text, first[0]))?.[0];
    if (indent === undefined) return undefined;
    const newline = this.text.includes('\r\n') ? '\r\n' : '\n';
    const lines = stringify([item], { indentSeq: false, lineWidth: 0 }).trimEnd().split('\n');
    const added = lines.map((line) => indent + line + newline).join('');
    if (index < ranges.length) {
      const start = from - lineUpTo(this.text, from).length;
      return this.text.slice(0, start) + added + this.text.slice(to);
    }
    const before = this.text.slice(0, to);
    const end = before.endsWith('\n') ? '' : newline;
    return before + end + added + this.text.slice(to);
  }

  /** As JSON where it is JSON, else as the library writes YAML: another layout, the same content. */
  #rewritten(list: string, index: number, item: object): string {
    const isJson = this.text.trimStart().startsWith('{');
    if (isJson) {
      const items = this.#list(list).toSpliced(index, index < this.#list(list).length ? 1 : 0, item);
      return `${JSON.stringify({ ...this.#value, [list]: items }, null, 2)}\n`;
    }
    const document = this.#document.clone() as Document;
    if (!isSeq(document.get(list))) document.set(list, document.createNode([]));
    document.setIn([list, index], document.createNode(item));
    const items = document.get(list);
    if (isSeq(items) && items.items.length === 1) items.flow = false;
    return document.toString({ indentSeq: false, lineWidth: 0 });
  }

  #wrong(problem: string, fix: string): CommandError {
    return usageError(`${this.#path}: ${problem}`, fix);
  }
}

/** The line that a position is in, up to it. */
function lineUpTo(text: string, position: number): string {
  return text.slice(text.lastIndexOf('\n', position - 1) + 1, position);
}
