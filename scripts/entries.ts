/**
 * The sub-paths of the package. Their one home is `exports` in `package.json`; `src/NAME.ts` is the source of each.
 *
 * @module
 */
import manifest from '../package.json' with { type: 'json' };

/** One sub-path that code is imported from. */
export interface Entry {
  /** What is imported: `callerid`, `callerid/sign`. */
  readonly specifier: string;
  /** As `exports` has it: `.`, `./sign`. */
  readonly subpath: string;
  /** `index`, `sign`: the name of its file in `src/` and `dist/`. */
  readonly name: string;
}

/** Every sub-path, the root first. */
export const entries: readonly Entry[] = Object.keys(manifest.exports)
  .filter((subpath) => subpath !== './package.json')
  .map((subpath) => {
    const name = subpath === '.' ? 'index' : subpath.slice(2);
    return { specifier: manifest.name + subpath.slice(1), subpath, name };
  });
