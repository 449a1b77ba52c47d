/**
 * Many globs, asked at once which of them a text is like.
 *
 * Globs that begin alike share a way: literal text and `?` lead from branch to branch, and a `*` leads to a branch that may be
 * entered at any later place of the text. So a text follows the few ways that it fits, however many others there are. One by one,
 * a thousand globs that begin with `*` take a hundred times as long as ten (`npm run bench -- --only mapping`).
 *
 * @module
 */
import { matchesGlob } from './glob.ts';

const one = '?'.charCodeAt(0);

/** How many texts whose outcome is held, and values in those, at most: some 300 kB. */
const maxKnown = 4000;

interface Branch<T> {
  /** Literal characters and `?` that lead here from the branch before. */
  way: string;
  /** Of the globs that end here. */
  readonly entries: Entry<T>[];
  /** Ways on, by the code of their first character. */
  next?: Map<number, Branch<T>>;
  /** What follows a `*`. */
  star?: Branch<T>;
}

interface Entry<T> {
  readonly glob: string;
  readonly value: T;
}

export class GlobTree<T> {
  readonly #root: Branch<T> = { way: '', entries: [] };
  /** What came of the last texts: the same callers come again and again. */
  readonly #known = new Map<string, readonly T[]>();
  #knownSize = 0;

  add(glob: string, value: T): void {
    this.#forget();
    const [head = '', ...rest] = glob.split(/\*+/);
    let branch = follow(this.#root, head);
    for (const way of rest) {
      branch.star ??= { way: '', entries: [] };
      branch = follow(branch.star, way);
    }
    branch.entries.push({ glob, value });
  }

  /** The values of all globs that the text is like, in no order. */
  matching(text: string): readonly T[] {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const search: Search<T> = { text, found: [], since: new Map() };
    walk(search, this.#root, 0);
    this.#knownSize += 1 + search.found.length;
    if (this.#knownSize > maxKnown) this.#forget();
    else this.#known.set(text, search.found);
    return search.found;
  }

  #forget(): void {
    this.#known.clear();
    this.#knownSize = 0;
  }
}

interface Search<T> {
  readonly text: string;
  readonly found: T[];
  /** Where each branch after a `*` was entered first: from there on every place was tried. */
  readonly since: Map<Branch<T>, number>;
}

/** Goes on from a branch that was reached at a place of the text. */
function walk<T>(search: Search<T>, branch: Branch<T>, at: number): void {
  step(search, branch, at);
  const { star } = branch;
  if (star === undefined) return;
  const { text, since } = search;
  const end = since.get(star) ?? text.length + 1;
  if (end <= at) return;
  since.set(star, at);
  const begin = star.next === undefined ? end - 1 : at; // where nothing follows, only the end of the text counts
  for (let place = begin; place < end; place++) step(search, star, place);
}

function step<T>(search: Search<T>, { entries, next }: Branch<T>, at: number): void {
  const { text, found } = search;
  if (at === text.length) {
    // The tree may only leave out. What is like the text is for the one function to say that says it everywhere.
    for (const { glob, value } of entries) if (matchesGlob(glob, text)) found.push(value);
    return;
  }
  if (next === undefined) return;
  const code = text.charCodeAt(at);
  const literal = next.get(code);
  if (literal !== undefined && leads(literal.way, text, at)) walk(search, literal, at + literal.way.length);
  const any = code === one ? undefined : next.get(one);
  if (any !== undefined && leads(any.way, text, at)) walk(search, any, at + any.way.length);
}

/** The branch at the end of a way, which is made where there is none. */
function follow<T>(from: Branch<T>, way: string): Branch<T> {
  let branch = from;
  let rest = way;
  while (rest !== '') {
    branch.next ??= new Map();
    const next = branch.next.get(rest.charCodeAt(0)) ?? { way: rest, entries: [] };
    const common = commonLength(next.way, rest);
    const reached = common < next.way.length ? fork(next, common) : next;
    branch.next.set(rest.charCodeAt(0), reached);
    branch = reached;
    rest = rest.slice(common);
  }
  return branch;
}

/** A new branch on the way to another, so long from where that way begins. */
function fork<T>(branch: Branch<T>, length: number): Branch<T> {
  const { way } = branch;
  branch.way = way.slice(length);
  return { way: way.slice(0, length), entries: [], next: new Map([[branch.way.charCodeAt(0), branch]]) };
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** Whether the text has, at a place, what a way asks for. */
function leads(way: string, text: string, at: number): boolean {
  if (text.length - at < way.length) return false;
  for (let i = 0; i < way.length; i++) {
    const wanted = way.charCodeAt(i);
    if (wanted !== one && wanted !== text.charCodeAt(at + i)) return false;
  }
  return true;
}
