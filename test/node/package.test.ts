/**
 * What says the same in several files: the sub-paths of the package, here and on JSR, and what they need.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import jsr from '../../jsr.json' with { type: 'json' };
import manifest from '../../package.json' with { type: 'json' };
import { entries } from '../../scripts/entries.ts';

describe('the sub-paths', () => {
  test('are the files in src/, beside the rooms', () => {
    const files = readdirSync(join(import.meta.dirname, '../../src')).filter((name) => name.endsWith('.ts'));
    expect(files.sort()).toEqual(entries.map(({ name }) => `${name}.ts`).sort());
  });

  test.each(entries)('$specifier: types first, then the code', ({ subpath, name }) => {
    const target = (manifest.exports as Record<string, unknown>)[subpath];
    expect(Object.entries(target as object)).toEqual([
      ['types', `./dist/${name}.d.ts`],
      ['default', `./dist/${name}.js`],
    ]);
  });

  test('are those of JSR', () => {
    expect(jsr.exports).toEqual(
      Object.fromEntries(entries.map(({ subpath, name }) => [subpath, `./src/${name}.ts`])),
    );
  });
});

describe('JSR has the same', () => {
  test('version and license', () => {
    expect(jsr).toMatchObject({ version: manifest.version, license: manifest.license });
  });

  test('packages, of the same versions', () => {
    const packages = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies });
    expect(jsr.imports).toEqual(
      Object.fromEntries(packages.map(([name, range]) => [name, `npm:${name}@${range}`])),
    );
  });
});

test('a peer is optional, and the one here is of its range', () => {
  const development: Record<string, string> = manifest.devDependencies;
  for (const [name, range] of Object.entries(manifest.peerDependencies)) {
    expect(manifest.peerDependenciesMeta).toHaveProperty(name, { optional: true });
    expect(development[name]?.split('.')[0]).toBe(range.replace('^', '').split('.')[0]);
  }
});
