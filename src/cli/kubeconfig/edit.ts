/**
 * Adding an entry to the text of a kubeconfig, and leaving the rest of the text alone.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, parseDocument } from 'yaml';
import { member } from '../../lib/json.ts';
import { type CommandError, usageError } from '../exit-codes.ts';
import { compat, rewritten, spliced } from './splice.ts';

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
    this.#document = parseDocument(this.text, {
      version: '1.2',
      uniqueKeys: true,
      intAsBigInt: true,
      compat,
    });
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
    const names = this.#list('clusters').map((one) => member(one, 'name'));
    throw usageError(
      `--cluster: ${this.#path} has no cluster of this name`,
      names.length === 0
        ? 'add one with kubectl config set-cluster first'
        : `name one of those that it has: ${names.join(', ')}`,
    );
  }

  /**
   * The same with an entry; itself where it has it.
   *
   * @throws {CommandError} where there is another of that name, unless it is to be replaced
   */
  with({ list, name, member: key, value }: Entry, replace: boolean): Kubeconfig {
    const item = { name, [key]: value };
    const old = this.#entry(list, name);
    if (isDeepStrictEqual(old, item)) return this;
    if (old !== undefined && !replace) {
      const option = key === 'user' ? '--user' : '--context';
      throw usageError(
        `${this.#path} has another ${key} ${JSON.stringify(name)}`,
        `give another name with ${option}, or --replace`,
      );
    }
    const items = this.#list(list);
    const index = old === undefined ? items.length : items.indexOf(old);
    const insertion = { list, index, item };
    const wanted = { ...this.#value, [list]: items.toSpliced(index, old === undefined ? 0 : 1, item) };
    for (const edit of [
      () => spliced(this.text, this.#document, insertion),
      () => rewritten(this.#document, insertion, isJson(this.text)),
    ]) {
      const text = edit();
      const edited = text === undefined ? undefined : this.#edited(text);
      if (edited !== undefined && isDeepStrictEqual(edited.#value, wanted)) return edited;
    }
    throw this.#wrong('cannot be changed without changing something else', 'add the entry by hand');
  }

  /** Undefined where the text is no kubeconfig any more, or JSON no longer. */
  #edited(text: string): Kubeconfig | undefined {
    if (isJson(this.text) && !isJson(text)) return undefined;
    try {
      return new Kubeconfig(text, this.#path);
    } catch {
      return undefined;
    }
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
      const names = Array.isArray(found) ? found.map((one) => member(one, 'name')) : [undefined];
      if (!names.every((name) => typeof name === 'string')) {
        throw this.#wrong(`${list} is not a list of named entries`, 'correct it there');
      }
      if (new Set(names).size < names.length) {
        throw this.#wrong(`${list} has two entries of one name, which kubectl refuses`, 'rename one of them');
      }
    }
    return value as Value;
  }

  #list(list: string): readonly unknown[] {
    return (member(this.#value, list) ?? []) as readonly unknown[];
  }

  #entry(list: string, name: string): unknown {
    return this.#list(list).find((one) => member(one, 'name') === name);
  }

  #wrong(problem: string, fix: string): CommandError {
    return usageError(`${this.#path}: ${problem}`, fix);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
