/**
 * Writes `THIRD-PARTY.md`: the licences of all packages that are shipped, as they ask for. `npm run licences`; with `-- --check` it fails
 * where the page is not that of now. It fails in both ways on a licence that is not among those below.
 *
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bundling.ts';
import { nameOf, type ShippedPackage, shippedPackages } from './shipped.ts';

/** They ask for no more than their text. A further one needs a person who has read it. */
const permitted = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

const file = join(root, 'THIRD-PARTY.md');

/** What a package brings of legal texts; without any, that of Apache-2.0 is the same for all. */
function textOf(shipped: ShippedPackage, all: readonly ShippedPackage[]): string {
  const own = textsIn(shipped.directory);
  if (own !== '') return own;
  const sibling = all.find(
    ({ license, directory }) => license === shipped.license && textsIn(directory) !== '',
  );
  if (shipped.license !== 'Apache-2.0' || sibling === undefined) {
    throw new Error(`${nameOf(shipped)} has no text of its licence, ${shipped.license}`);
  }
  return textsIn(sibling.directory);
}

function textsIn(directory: string): string {
  const names = readdirSync(directory).filter((name) => /^(?:licen[cs]e|notice|copying)/i.test(name));
  const texts = names.sort().map((name) => readFileSync(join(directory, name), 'utf8'));
  return texts
    .map((text) =>
      text
        .replaceAll('\r\n', '\n')
        .replace(/[ \t]+$/gm, '')
        .trim(),
    )
    .join('\n\n');
}

function page(packages: readonly ShippedPackage[]): string {
  const rows = packages.map((one) => `| ${nameOf(one)} | ${one.license} | ${one.parts.join('; ')} |`);
  const byText = Map.groupBy(packages, (one) => textOf(one, packages));
  const texts = [...byText].map(
    ([text, of]) => `## ${of.map(nameOf).join(', ')}\n\n\`\`\`text\n${text}\n\`\`\``,
  );
  return `# Packages of others

What callerid ships of others, and their licences. \`npm run licences\` writes this page from the bundles; \`dist/sbom.cdx.json\` says the
same to machines. *installed* is what npm installs beside callerid; all else is inside the file that is named.

| package | licence | in |
|---|---|---|
${rows.join('\n')}

${texts.join('\n\n')}
`;
}

function problemsOf(packages: readonly ShippedPackage[]): string[] {
  return packages
    .filter(({ license }) => license === undefined || !permitted.has(license))
    .map(
      (one) =>
        `${nameOf(one)}: the licence ${one.license ?? 'is missing'} is not among those that are permitted`,
    );
}

const packages = await shippedPackages();
const problems = problemsOf(packages);
if (problems.length === 0) {
  const text = page(packages);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text)
    problems.push('THIRD-PARTY.md is not that of now: npm run licences');
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
