/**
 * Writes `dist/sbom.cdx.json`, in CycloneDX: every package that is shipped, with its hash and its licence. `npm run sbom`; `npm run build`
 * does so too.
 *
 * What is known of a package is npm's own list, from the lockfile; which of them are shipped says `shipped.ts`. The same sources give the
 * same document.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { dist, root } from './bundling.ts';
import { nameOf, type ShippedPackage, shippedPackages } from './shipped.ts';

/** The part of a document that is read and changed. */
interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly version: number;
  readonly metadata: { readonly tools: unknown; readonly component: object };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
}

/** The file that is written. */
export const sbomFile: string = join(dist, 'sbom.cdx.json');

/** Writes it. */
export async function writeSbom(): Promise<void> {
  const sbom = sbomOf(await shippedPackages(), listOfNpm());
  mkdirSync(dist, { recursive: true });
  writeFileSync(sbomFile, `${JSON.stringify(sbom, undefined, 2)}\n`);
  console.log(`packages: dist/sbom.cdx.json, ${sbom.components.length} shipped`);
}

/** Everything in the lockfile. Nobody is asked. */
function listOfNpm(): Sbom {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  return JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
}

function sbomOf(packages: readonly ShippedPackage[], all: Sbom): Sbom & { readonly $schema: string } {
  const names = new Set(packages.map(nameOf));
  const own = nameOf(manifest);
  const direct = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  const { bomFormat, specVersion, version, metadata } = all;
  return {
    $schema: `http://cyclonedx.org/schema/bom-${specVersion}.schema.json`,
    bomFormat,
    specVersion,
    version,
    metadata: {
      tools: metadata.tools,
      component: { ...metadata.component, name: manifest.name },
    },
    components: packages.map((shipped) => componentOf(shipped, all)),
    dependencies: [
      {
        ref: own,
        dependsOn: [...names].filter((name) => direct.some(([one]) => name.startsWith(`${one}@`))),
      },
      ...all.dependencies
        .filter(({ ref }) => names.has(ref))
        .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((name) => names.has(name)) })),
    ],
  };
}

/** As npm describes it, and in what it is shipped; what npm says besides is of development. */
function componentOf(shipped: ShippedPackage, { components }: Sbom): Component {
  const name = nameOf(shipped);
  const component = components.find((one) => one['bom-ref'] === name);
  if (component === undefined)
    throw new Error(`${name} is shipped, and package-lock.json has another version`);
  return {
    ...component,
    properties: shipped.parts.map((value) => ({ name: 'callerid:part', value })),
  } as Component;
}

if (import.meta.main) await writeSbom();
