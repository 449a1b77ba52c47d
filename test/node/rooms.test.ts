/**
 * The architecture as a test: a room uses only rooms above it, and only the rooms that may know a runtime do.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

/** From the top; a room may import itself and those before it. `policy` works on any store, hence the place of `store`. */
const order = [
  'errors',
  'lib',
  'token',
  'sts',
  'client',
  'identity',
  'verifier',
  'jwt',
  'ec2',
  'mapping',
  'store',
  'policy',
  'review',
  'oidc',
  'http',
  'entry',
  'runtime',
  'cli',
];

/** Where a runtime's own names may stand. */
const knowARuntime = new Set(['store', 'runtime', 'cli', 'emulator']);

const source = join(import.meta.dirname, '../../src');

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

function sourceFiles(): SourceFile[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(source, path), 'utf8') }));
}

/** The files beside the rooms are the sub-paths of the package: they share a room, though `mapping.ts` is named as one. */
function roomOf(path: string): string {
  const [room, inside] = path.split('/');
  return inside === undefined ? 'entry' : (room as string);
}

const stringsAndComments =
  /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

function withoutComments(text: string): string {
  return text.replace(stringsAndComments, (_, string?: string) => string ?? '');
}

function withoutStrings(text: string): string {
  return text.replace(stringsAndComments, (_, string?: string) => (string === undefined ? '' : "''"));
}

function importsOf(text: string): string[] {
  const statements = /(?:\bfrom\s*|\bimport\s*\(?\s*)(?:'([^'\n]+)'|"([^"\n]+)")/g;
  return [...withoutComments(text).matchAll(statements)].map(
    ([, single, double]) => (single ?? double) as string,
  );
}

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  if (from === 'emulator') return false;
  if (to === 'emulator') return from === 'cli' || from === 'entry';
  return order.indexOf(to) < order.indexOf(from);
}

function wrongRooms({ path, text }: SourceFile): string[] {
  return importsOf(text)
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(source, join(source, dirname(path), name)))
    .filter((target) => !mayImport(roomOf(path), roomOf(target)))
    .map((target) => `${path}: imports ${target}`);
}

function wrongRuntimes({ path, text }: SourceFile): string[] {
  if (knowARuntime.has(roomOf(path))) return [];
  const imported = importsOf(text).filter((name) => name.startsWith('cloudflare:') || isBuiltin(name));
  const globals = withoutStrings(text).match(/(?<![\w$.])(?:Deno|process|Bun)(?=\s*[.?[])/g) ?? [];
  return [
    ...imported.map((name) => `${path}: imports ${name}`),
    ...globals.map((name) => `${path}: uses ${name}`),
  ];
}

/** As a bundler sees it: types are gone. */
function withoutTypes(text: string): string {
  return withoutComments(text).replace(/\b(?:import|export) type\b[^;]*;/g, '');
}

/** Every module that the entry of the library brings along. */
function reachedFrom(path: string, files: readonly SourceFile[], seen = new Set<string>()): Set<string> {
  const file = files.find((one) => one.path === path);
  if (file === undefined || seen.has(path)) return seen;
  seen.add(path);
  for (const name of importsOf(withoutTypes(file.text)).filter((one) => one.startsWith('.'))) {
    reachedFrom(relative(source, join(source, dirname(path), name)), files, seen);
  }
  return seen;
}

function importedPackages({ path, text }: SourceFile): string[] {
  return importsOf(withoutTypes(text))
    .filter((name) => /^[@a-z]/.test(name))
    .map((name) => `${path}: imports ${name}`);
}

describe('the rooms of src/', () => {
  const files = sourceFiles();

  test('there are files, and every one is in a room of the list', () => {
    expect(files.length).toBeGreaterThan(20);
    const homeless = files
      .map(({ path }) => path)
      .filter((path) => ![...order, 'emulator'].includes(roomOf(path)));
    expect(homeless).toEqual([]);
  });

  test('imports point up', () => {
    expect(files.flatMap(wrongRooms)).toEqual([]);
  });

  test('only store/, runtime/, cli/ and emulator/ know a runtime', () => {
    expect(files.flatMap(wrongRuntimes)).toEqual([]);
  });

  test('only the Worker brings in what only Workers have', () => {
    const naming = files.filter(({ text }) => importsOf(text).some((name) => name.startsWith('cloudflare:')));
    expect(naming.map(({ path }) => path)).toEqual(['store/policy-object.ts']);
    expect(reachedFrom('runtime/cloudflare.ts', files)).toContain('store/policy-object.ts');
    const others = ['index.ts', 'cloudflare.ts', 'runtime/deno.ts', 'runtime/node.ts', 'cli/main.ts'];
    for (const entry of others) {
      expect(reachedFrom(entry, files)).not.toContain('store/policy-object.ts');
    }
  });

  test('the Worker does not bring in what it has no connection for', () => {
    expect(reachedFrom('runtime/node.ts', files)).toContain('runtime/certificate-proxy.ts');
    for (const entry of ['runtime/cloudflare.ts', 'runtime/cloudflare-webhook.ts']) {
      expect(reachedFrom(entry, files)).toContain('runtime/edge-certificate.ts');
      expect(reachedFrom(entry, files)).not.toContain('runtime/certificate-proxy.ts');
    }
  });

  test('nor what only guarded services, clients and those who read answers of the admin API need', () => {
    const reached = reachedFrom('runtime/cloudflare.ts', files);
    expect(reached).toContain('http/admin/requests.ts');
    const others = ['http/guard/', 'client/', 'cli/', 'http/admin/responses.ts'];
    expect([...reached].filter((path) => others.some((other) => path.startsWith(other)))).toEqual([]);
    const imported = files.filter(({ path }) => reached.has(path)).flatMap(importedPackages);
    const packages = new Set(imported.map((one) => one.replace(/^.* /, '').replace(/\/.*/, '')));
    expect([...packages].sort()).toEqual(['cloudflare:workers', 'hono', 'jose', 'valibot']);
  });

  test('the Worker that is a webhook alone brings in nothing of JWTs, issuers and administration', () => {
    const reached = [...reachedFrom('runtime/cloudflare-webhook.ts', files)];
    expect(reached).toContain('http/webhook.ts');
    const others = [
      'jwt/',
      'oidc/',
      'http/issuer/',
      'http/admin/',
      'policy/publish.ts',
      'policy/recent.ts',
      'store/durable-object.ts',
      'errors/access.ts',
      'errors/codes.ts',
      'runtime/admin-',
      'runtime/issuer-',
      'runtime/jwt-',
    ];
    expect(reached.filter((path) => others.some((other) => path.startsWith(other)))).toEqual([]);
    const imported = files.filter(({ path }) => reached.includes(path)).flatMap(importedPackages);
    expect([...new Set(imported.map((one) => one.split(' ').at(-1)))]).toEqual(['valibot']);
  });

  test.each([
    ['index.ts', 'sts/call.ts'],
    ['sign.ts', 'lib/sigv4.ts'],
    ['node.ts', 'http/node.ts'],
    ['emulator.ts', 'emulator/verify.ts', 'jose'],
    ['jwt.ts', 'jwt/verify-jwt.ts', 'jose'],
    ['cloudflare.ts', 'store/once-object.ts'],
    ['deno.ts', 'store/once-deno-kv.ts'],
    ['hono.ts', 'http/guard/guard.ts'],
    ['mapping.ts', 'policy/caller-policy.ts', 'valibot'],
  ])('what an embedder needs besides: %s', (entry, part, ...packages) => {
    const reached = reachedFrom(entry, files);
    expect(reached).toContain(part);
    const imported = files.filter(({ path }) => reached.has(path)).flatMap(importedPackages);
    expect([...new Set(imported.map((one) => one.split(' ').at(-1)))]).toEqual(packages);
  });
});

describe('the reader of imports sees', () => {
  test.each([
    ["import { a } from '../http/a.ts';", 'token/x.ts: imports http/a.ts'],
    ["import type { A } from '../policy/a.ts';", 'token/x.ts: imports policy/a.ts'],
    ["export * from '../review/a.ts';", 'token/x.ts: imports review/a.ts'],
    ["import '../runtime/a.ts';", 'token/x.ts: imports runtime/a.ts'],
    ["const a = await import('../cli/a.ts');", 'token/x.ts: imports cli/a.ts'],
    ["const glob = 'src/**';\nimport { a } from '../http/a.ts';", 'token/x.ts: imports http/a.ts'],
    ["import { e } from '../emulator/emulator.ts';", 'token/x.ts: imports emulator/emulator.ts'],
    ["import { a } from '../index.ts';", 'token/x.ts: imports index.ts'],
  ])('%s', (text, violation) => {
    expect(wrongRooms({ path: 'token/x.ts', text })).toEqual([violation]);
  });

  test.each([
    ["import { x } from 'node:crypto';", 'token/x.ts: imports node:crypto'],
    ["import { x } from 'fs';", 'token/x.ts: imports fs'],
    ["import { env } from 'cloudflare:workers';", 'token/x.ts: imports cloudflare:workers'],
    ['const x = Deno.version;', 'token/x.ts: uses Deno'],
    ['const x = process.env;', 'token/x.ts: uses process'],
  ])('%s', (text, violation) => {
    expect(wrongRuntimes({ path: 'token/x.ts', text })).toEqual([violation]);
  });

  test('no import in a comment or a string', () => {
    const text = "// import { a } from '../http/a.ts'\n/** process.env, Deno.env */ const x = 'Deno.env';";
    expect(wrongRooms({ path: 'token/x.ts', text })).toEqual([]);
    expect(wrongRuntimes({ path: 'token/x.ts', text })).toEqual([]);
  });

  test('the emulator shares nothing with what it checks', () => {
    const text = "import { signToken } from '../token/sign.ts';";
    expect(wrongRooms({ path: 'emulator/x.ts', text })).toEqual(['emulator/x.ts: imports token/sign.ts']);
  });

  test('what is reached through another module, and its packages', () => {
    const files = [
      { path: 'index.ts', text: "export { a } from './token/a.ts';" },
      { path: 'token/a.ts', text: "import aws4 from 'aws4';" },
      { path: 'token/b.ts', text: "import 'hono';" },
    ];
    expect(reachedFrom('index.ts', files)).toEqual(new Set(['index.ts', 'token/a.ts']));
    expect(importedPackages(files[1]!)).toEqual(['token/a.ts: imports aws4']);
  });
});
