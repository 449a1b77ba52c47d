/**
 * Which files of `dist/` the sub-paths of the package need.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { entries } from './entries.ts';

/** The code and the types of every sub-path. */
export function entryFiles(dist: string): string[] {
  return entries.flatMap(({ name }) => [join(dist, `${name}.js`), join(dist, `${name}.d.ts`)]);
}

/** A module, and all that it reaches by relative imports, however far. In declarations `./x.js` and `./x.ts` mean `./x.d.ts`. */
export function reachedFiles(file: string): string[] {
  const reached = new Set([file]);
  for (const from of reached) {
    const text = readFileSync(from, 'utf8');
    for (const [, name = ''] of text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"](\.[^'"]+)['"]/g)) {
      const target = join(dirname(from), name);
      reached.add(from.endsWith('.d.ts') ? target.replace(/\.[jt]s$/, '.d.ts') : target);
    }
  }
  return [...reached];
}
