/**
 * The pieces of code in the documentation that say where they run.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const runtimes = ['Node', 'Deno', 'Workers'] as const;
export type Runtime = (typeof runtimes)[number];

export interface Snippet {
  readonly file: string;
  readonly runtimes: readonly Runtime[];
  readonly code: string;
  /** What is asked of it: a handler is served, a server listens by itself, and a program ends. */
  readonly kind: 'handler' | 'server' | 'program';
}

/** Of a page of the repository. */
export function snippetsOf(page: string): Snippet[] {
  const path = join(import.meta.dirname, '../..', page);
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/^```[jt]s\n(\/\/ ([\w-]+\.[jt]s): ([\w, ]+)\n[\s\S]*?)^```$/gm)].map(
    ([, code = '', file = '', names = '']) => {
      const title = `${page}: ${file}`;
      return {
        file,
        code,
        kind: kindOf(code),
        runtimes: names.split(', ').map((name) => runtime(name, title)),
      };
    },
  );
}

function kindOf(code: string): Snippet['kind'] {
  if (code.includes('export default ')) return 'handler';
  return /\bDeno\.serve\(|\.listen\(/.test(code) ? 'server' : 'program';
}

function runtime(name: string, title: string): Runtime {
  const known = runtimes.find((runtime) => runtime === name);
  if (known === undefined) throw new Error(`${title}: no runtime is called ${name}`);
  return known;
}
