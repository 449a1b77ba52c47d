/**
 * The packages of others that are shipped: those that are installed with callerid, and those that are in its bundles, whatever
 * `package.json` calls them.
 *
 * @module
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };
import { bundle, type Part, partNames, root } from './bundling.ts';

/** A package, and where it is. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** As its `package.json` has it, an SPDX identifier; undefined where it has none. */
  readonly license: string | undefined;
  readonly directory: string;
  /** `installed` is beside callerid, by npm. */
  readonly parts: readonly (Part | 'installed')[];
}

/** All of them, by name and version. */
export async function shippedPackages(): Promise<readonly ShippedPackage[]> {
  const found = new Map<string, (Part | 'installed')[]>();
  const add = (path: string, part: Part | 'installed') => {
    const directory = realpathSync(path);
    const parts = found.get(directory) ?? [];
    found.set(directory, parts.includes(part) ? parts : [...parts, part]);
  };
  for (const directory of installed(Object.keys(manifest.dependencies))) add(directory, 'installed');
  for (const part of partNames) {
    const { metafile } = await bundle(part);
    for (const directory of packagesIn(metafile)) add(directory, part);
  }
  const packages = [...found].map(([directory, parts]) => describe(directory, parts));
  return packages.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** `name@version` */
export function nameOf({ name, version }: Pick<ShippedPackage, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

/** Directories of the packages of which something is in a bundle. */
export function packagesIn({ outputs }: Metafile): string[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const directories = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(directories)].map((path) => resolve(root, path));
}

/** Directories of packages that npm installs, with all that they depend on. None is nested: of each there is one version. */
function installed(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const directory = resolve(root, 'node_modules', name);
    return [directory, ...installed(Object.keys(manifestOf(directory).dependencies ?? {}))];
  });
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifestOf(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
}

function describe(directory: string, parts: readonly (Part | 'installed')[]): ShippedPackage {
  const { name, version, license } = manifestOf(directory);
  return { name, version, license, directory, parts };
}
