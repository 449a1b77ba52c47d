/**
 * What is shipped of others: the list of it is whole and well-formed, and nothing is taken from elsewhere than the registry.
 */
import { globSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { bundle, partNames } from '../../scripts/bundling.ts';
import { packagesIn } from '../../scripts/shipped.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('dist/sbom.cdx.json', () => {
  /** What is used of CycloneDX 1.5, with nothing else beside. */
  const text = v.pipe(v.string(), v.minLength(1));
  const form = v.strictObject({
    $schema: v.literal('http://cyclonedx.org/schema/bom-1.5.schema.json'),
    bomFormat: v.literal('CycloneDX'),
    specVersion: v.literal('1.5'),
    version: v.literal(1),
    metadata: v.strictObject({
      tools: v.array(v.strictObject({ vendor: text, name: text, version: text })),
      component: v.looseObject({
        'bom-ref': v.literal(`${manifest.name}@${manifest.version}`),
        type: v.literal('library'),
        name: v.literal(manifest.name),
        version: v.literal(manifest.version),
        purl: v.literal(`pkg:npm/${manifest.name}@${manifest.version}`),
      }),
    }),
    components: v.array(
      v.strictObject({
        'bom-ref': text,
        type: v.literal('library'),
        name: text,
        version: text,
        scope: v.literal('required'),
        purl: v.pipe(v.string(), v.regex(/^pkg:npm\/(?:%40[\w.-]+\/)?[\w.-]+@[\w.+-]+$/)),
        properties: v.pipe(
          v.array(
            v.strictObject({
              name: v.literal('callerid:part'),
              value: v.picklist(['installed', ...partNames]),
            }),
          ),
          v.minLength(1),
        ),
        externalReferences: v.tuple([]),
        hashes: v.tuple([
          v.strictObject({
            alg: v.literal('SHA-512'),
            content: v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/)),
          }),
        ]),
        licenses: v.tuple([v.strictObject({ license: v.strictObject({ id: text }) })]),
      }),
    ),
    dependencies: v.array(v.strictObject({ ref: text, dependsOn: v.array(text) })),
  });

  const sbom = v.parse(form, JSON.parse(read('dist/sbom.cdx.json')));
  const refs = sbom.components.map((component) => component['bom-ref']);

  test('names each package once, and depends on nothing that is not there', () => {
    expect(new Set(refs).size).toBe(refs.length);
    const known = new Set([`${manifest.name}@${manifest.version}`, ...refs]);
    expect(sbom.dependencies.map(({ ref }) => ref).sort()).toEqual([...known].sort());
    expect(sbom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.has(ref))).toEqual(
      [],
    );
  });

  test('every package is reached from callerid', () => {
    const edges = new Map(sbom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    const reached = new Set([`${manifest.name}@${manifest.version}`]);
    for (const ref of reached) for (const next of edges.get(ref) ?? []) reached.add(next);
    expect(refs.filter((ref) => !reached.has(ref))).toEqual([]);
  });

  test('has what npm installs with callerid', () => {
    const installed = sbom.components.filter(({ properties }) =>
      properties.some(({ value }) => value === 'installed'),
    );
    expect(installed.map(({ name }) => name)).toEqual(Object.keys(manifest.dependencies).sort());
  });

  test.each(partNames)('has every package that esbuild put into: %s', async (part) => {
    const { metafile } = await bundle(part);
    const inBundle = packagesIn(metafile).map((path) => {
      const { name, version } = JSON.parse(readFileSync(join(realpathSync(path), 'package.json'), 'utf8'));
      return `${name}@${version}`;
    });
    const listed = sbom.components
      .filter(({ properties }) => properties.some(({ value }) => value === part))
      .map((component) => component['bom-ref']);
    expect(listed).toEqual(inBundle.sort());
    expect(listed.length).toBeGreaterThan(0);
  });

  test('a bundled package whose name is development is there too', () => {
    expect(manifest.devDependencies).toHaveProperty('hono');
    expect(refs.some((ref) => ref.startsWith('hono@'))).toBe(true);
  });

  test('says the same of licences as THIRD-PARTY.md', () => {
    const page = read('THIRD-PARTY.md');
    const rows = [...page.matchAll(/^\| (\S+@\S+) \| (\S+) \|/gm)].map(
      ([, name, license]) => `${name} ${license}`,
    );
    expect(rows).toEqual(sbom.components.map((one) => `${one['bom-ref']} ${one.licenses[0].license.id}`));
  });
});

describe('package-lock.json', () => {
  interface Entry {
    readonly integrity?: string;
    readonly resolved?: string;
    readonly link?: boolean;
    readonly hasInstallScript?: boolean;
  }
  const { '': own, ...packages } = lock.packages as Record<string, Entry>;
  const entries = Object.entries(packages);

  test('an attack by a package that is put in place of another: each has its SHA-512', () => {
    expect(entries.length).toBeGreaterThan(100);
    expect(entries.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''))).toEqual([]);
  });

  test('an attack by way of another registry, of git or of a file: there is none', () => {
    const elsewhere = ([, { resolved, link }]: [string, Entry]) =>
      link === true || (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'));
    expect(entries.filter(elsewhere)).toEqual([]);
    expect(read('package-lock.json')).not.toMatch(/"(?:git\+|git:|github:|file:|http:)/);
    expect(read('.npmrc')).not.toMatch(/registry\s*=|:_/);
    const ranges = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(ranges.filter((range) => !/^\^?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(range))).toEqual([]);
  });

  test('is of this package.json', () => {
    const { dependencies, devDependencies, peerDependencies } = manifest;
    expect(own).toMatchObject({ version: manifest.version, dependencies, devDependencies, peerDependencies });
  });

  test('only the packages that may run a script when they are installed have one', () => {
    const scripts = entries.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
    expect(scripts.map((path) => `${dirname(path)} ${basename(path)}`)).toEqual(
      Object.keys(manifest.allowScripts).map((name) => `node_modules ${name}`),
    );
  });
});

test('every package that the code imports is in the architecture with its reason', () => {
  const section = /^## Dependencies\n([\s\S]*?)^## /m.exec(read('docs/architecture.md'))?.[1] ?? '';
  const imports = globSync('src/**/*.ts', { cwd: root }).flatMap((path) =>
    [
      ...read(path).matchAll(
        /(?:^(?:import|export) (?!type\b)[^;]*?from |\bimport\()'((?:@[\w-]+\/)?[\w-]+)[/']/gm,
      ),
    ].map(([, name = '']) => name),
  );
  const needed = [...new Set(imports)].filter((name) => !name.startsWith('node:'));
  expect(needed).toEqual(
    expect.arrayContaining(['hono', 'jose', 'valibot', 'commander', '@hono/node-server']),
  );
  const described = section.replace("the AWS SDK's credential providers", '@aws-sdk/credential-providers');
  expect(needed.filter((name) => !described.includes(name))).toEqual([]);
  expect(Object.keys(manifest.dependencies).filter((name) => !needed.includes(name))).toEqual([]);
});
