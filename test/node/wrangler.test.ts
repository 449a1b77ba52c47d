/**
 * `wrangler.toml`: every environment builds, and what it binds and sets is what the code reads.
 */
import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'callerid-wrangler-'));
afterAll(() => rmSync(directory, { recursive: true }));

const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
const settings = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
const file = readFileSync(join(root, 'wrangler.toml'), 'utf8');
const source = globSync('src/**/*.ts', { cwd: root }).map((path) => readFileSync(join(root, path), 'utf8'));

/** [environment, name of the Worker, its source, whether it writes policies] */
const environments = [
  ['', 'callerid', 'cloudflare', true],
  ['webhook', 'callerid-webhook', 'cloudflare-webhook', false],
] as const;

/** The part of what wrangler reads that is looked at. */
interface Config {
  readonly name: string;
  readonly main: string;
  readonly compatibility_date: string;
  readonly migrations: unknown;
  readonly observability: unknown;
  readonly vars: object;
  readonly kv_namespaces: readonly { readonly binding: string }[];
  readonly durable_objects: { readonly bindings: readonly { readonly name: string }[] };
  readonly ratelimits: readonly {
    readonly name: string;
    readonly namespace_id: string;
    readonly simple: unknown;
  }[];
  readonly analytics_engine_datasets: readonly { readonly binding: string }[];
}

const read = (env: string): Config =>
  unstable_readConfig(
    { config: join(root, 'wrangler.toml'), env },
    { hideWarnings: true },
  ) as unknown as Config;

function bindingsOf(env: string): string[] {
  const { kv_namespaces, durable_objects, ratelimits, analytics_engine_datasets } = read(env);
  return [
    ...kv_namespaces.map(({ binding }) => binding),
    ...durable_objects.bindings.map(({ name }) => name),
    ...ratelimits.map(({ name }) => name),
    ...analytics_engine_datasets.map(({ binding }) => binding),
  ];
}

describe.each(environments)('the environment "%s"', (env, name, entry, writes) => {
  test('builds as it is deployed, and nothing but the writer is missing', { timeout: 60_000 }, async () => {
    const outdir = join(directory, name);
    const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [wrangler, 'deploy', '--dry-run', `--env=${env}`, '--outdir', outdir],
      { cwd: root, env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1', CI: 'true' } },
    );
    const missing = [...stderr.matchAll(/^ +- ([A-Z_]+|"\w+" exists.*)$/gm)].map(([, name]) => name);
    expect(missing).toEqual(writes ? [] : ['POLICY_WRITER']);
    expect(stderr.includes('WARNING')).toBe(!writes);
    expect(stdout).toContain('--dry-run: exiting now.');
    for (const binding of bindingsOf(env)) expect(stdout).toContain(`env.${binding} `);
    expect(readFileSync(join(outdir, `${entry}.js`), 'utf8').length).toBeGreaterThan(10_000);
  });

  test('is what it is called, and writes policies or does not', () => {
    const config = read(env);
    expect([config.name, config.main]).toEqual([name, join(root, `src/runtime/${entry}.ts`)]);
    expect(bindingsOf(env)).toEqual([
      'POLICY',
      ...(writes ? ['POLICY_WRITER'] : []),
      'CLUSTER_LIMIT',
      'CALLER_LIMIT',
      'METRICS',
    ]);
    expect(config.migrations).toEqual(writes ? [{ tag: 'v1', new_sqlite_classes: ['PolicyObject'] }] : []);
    expect(config.compatibility_date >= '2024-11-11').toBe(true); // earlier, `cache: 'no-store'` is not known
  });

  test('an attack by way of a trace: none is kept, since they hold the URL to STS, which is a token', () => {
    expect(read(env).observability).toEqual({
      enabled: true,
      redact_query_string: true,
      traces: { enabled: false },
    });
  });

  test('has the limits that are agreed', () => {
    expect(read(env).ratelimits.map(({ name, simple }) => [name, simple])).toEqual([
      ['CLUSTER_LIMIT', { limit: 6000, period: 60 }],
      ['CALLER_LIMIT', { limit: 600, period: 60 }],
    ]);
  });

  test('sets what is a setting, and no secret', () => {
    const names = Object.keys(read(env).vars);
    expect(names).toContain('CALLERID_CLUSTER');
    expect(names.filter((one) => !settings.includes(`\`${one}\``))).toEqual([]);
    expect(names.filter((one) => /SECRET|KEY|TOKEN|BREAK_GLASS/.test(one))).toEqual([]);
  });
});

test('no two limits of an account count together', () => {
  const numbers = environments.flatMap(([env]) => read(env).ratelimits.map((limit) => limit.namespace_id));
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('every binding that the Workers read is bound, and every one that is bound is described', () => {
  const read = source.flatMap((text) =>
    [...text.matchAll(/\{([^{}]*)\}: Env\b/g)].flatMap(
      ([, names = '']) => names.match(/\b[A-Z][A-Z_]+\b/g) ?? [],
    ),
  );
  const bindings = [...new Set(read)].filter((name) => !name.startsWith('CALLERID_'));
  expect(bindings).toEqual(expect.arrayContaining(['POLICY', 'POLICY_WRITER']));
  expect(bindings.filter((name) => !bindingsOf('').includes(name))).toEqual([]);
  expect(bindingsOf('').filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
});

test('the settings that it names exist, and every secret of the page on configuration is among them', () => {
  const named = file.match(/\bCALLERID_[A-Z0-9_]+\b/g) ?? [];
  expect(named.filter((name) => !settings.includes(`\`${name}\``))).toEqual([]);
  expect(named).toEqual(
    expect.arrayContaining([
      'CALLERID_API_SERVER_SECRET_SHA256',
      'CALLERID_ADMIN_SECRET_SHA256',
      'CALLERID_SIGNING_KEYS',
      'CALLERID_EC2_SECRET_ACCESS_KEY',
      'CALLERID_EC2_SESSION_TOKEN',
      'CALLERID_BREAK_GLASS',
    ]),
  );
});
