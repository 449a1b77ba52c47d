/**
 * `deploy/container`: what the recipes copy and run is done in a directory, and what they start is started and asked. No image is made.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { createCertificateAuthority } from '../../src/emulator/certificates.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { FileStore } from '../../src/store/file.ts';
import { build, readContainerfile, valuesOf } from './containerfile.ts';

const root = join(import.meta.dirname, '../..');
const pathOf = (name: string): string => join(root, 'deploy/container', name);

/** [recipe, what its image is called, version of the runtime, where the program is on this machine] */
const recipes = [
  ['Containerfile', 'docker.io/library/node', manifest.devDependencies.node, process.execPath],
  [
    'Containerfile.deno',
    'docker.io/denoland/deno',
    manifest.devDependencies.deno,
    join(root, 'node_modules/.bin/deno'),
  ],
] as const;

describe.each(recipes)('%s', (name, image, version, program) => {
  const stages = readContainerfile(pathOf(name));
  const last = stages.at(-1) ?? expect.fail('no stage');

  test('has the runtime that the tests have, by its version, and is built by the Node that they have', () => {
    expect(last.image.split(':')[0]).toBe(image);
    expect(last.image.split(':')[1]?.split('-')[0]).toBe(version);
    expect(stages[0]?.image).toContain(`docker.io/library/node:${manifest.devDependencies.node}-`);
  });

  test('an attack from within: it is nobody, by number', () => {
    expect(valuesOf(last, 'USER')).toEqual(['65532:65532']);
  });

  test('an attack by a package that runs a script when it is installed: none does', () => {
    const installs = stages
      .flatMap((stage) => valuesOf(stage, 'RUN'))
      .filter((command) => /\b(?:npm|npx|yarn)\b/.test(command));
    expect(installs).toEqual(['npm ci --ignore-scripts --no-audit']);
  });

  test('the last stage takes nothing but what was built, and runs nothing', () => {
    expect(valuesOf(last, 'RUN')).toEqual([]);
    expect(valuesOf(last, 'COPY').filter((rest) => !rest.startsWith('--from=build '))).toEqual([]);
  });

  test('every file that it copies is let into the build, and nothing else', () => {
    const let_in = readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n');
    const copied = stages
      .flatMap((stage) => valuesOf(stage, 'COPY'))
      .filter((rest) => !rest.startsWith('--from='))
      .flatMap((rest) => rest.split(' ').slice(0, -1));
    expect(let_in[0]).toBe('*');
    expect(
      let_in
        .slice(1)
        .map((line) => line.slice(1))
        .sort(),
    ).toEqual([...copied].sort());
  });

  test('what it builds starts, answers, and ends with its signal', { timeout: 120_000 }, async () => {
    const home = mkdtempSync(join(tmpdir(), 'callerid-container-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const cwd = build(stages, {
      home,
      context: root,
      instead: (command, at) => {
        if (!command.startsWith('npm ci ')) return false;
        symlinkSync(join(root, 'node_modules'), join(at, 'node_modules'));
        return true;
      },
    });
    const etc = join(home, 'etc');
    const files = await prepare(etc);
    const words = [...valuesOf(last, 'ENTRYPOINT'), ...valuesOf(last, 'CMD')].flatMap(
      (value) => JSON.parse(value) as string[],
    );
    const args = words.slice(1).map((word) =>
      word
        .replace('0.0.0.0', '127.0.0.1')
        .replace(/^8443$/, '0')
        .replaceAll('/etc/callerid', etc)
        .replaceAll('/var/lib/callerid', join(home, 'var')),
    );
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH ?? '', HOME: home, DENO_DIR: join(home, 'deno'), ...files.env[name] },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    await expect.poll(() => /"event":"listening"/.test(output), { timeout: 20_000 }).toBe(true);
    const { url } = JSON.parse(output.split('\n').find((line) => line.includes('listening')) ?? '');
    expect(await statusOf(`${url}/readyz`, files.caPem)).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(output).toContain('{"event":"stopped","cut":false}');
  });
});

/** The files that the recipes name, below `etc`. */
async function prepare(etc: string) {
  const authority = await createCertificateAuthority('callerid test CA');
  const { cert, key } = await authority.issue(['127.0.0.1']);
  for (const directory of ['policy', 'tls']) mkdirSync(join(etc, directory), { recursive: true });
  const rules = [{ user: 'arn:aws:iam::111122223333:user/alice', username: 'alice' }];
  writeFileSync(join(etc, 'policy/policy.yaml'), JSON.stringify({ rules }));
  writeFileSync(join(etc, 'tls/tls.crt'), cert);
  writeFileSync(join(etc, 'tls/tls.key'), key);
  const store = join(etc, 'store');
  await publishPolicy(new FileStore(store), 'prod.example.com', parsePolicy({ rules }), { author: 'test' });
  const env = { CALLERID_CLUSTER: 'prod.example.com', CALLERID_API_SERVER_AUTH: 'none' };
  return {
    caPem: authority.pem,
    env: { Containerfile: env, 'Containerfile.deno': { ...env, CALLERID_POLICY: `file:${store}` } },
  };
}

function statusOf(url: string, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject);
  });
}

test('npm takes the lockfile for what the recipe copies', () => {
  const home = mkdtempSync(join(tmpdir(), 'callerid-container-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    writeFileSync(join(home, name), readFileSync(join(root, name)));
  }
  // as far as it goes without the registry
  const { status, stderr } = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--dry-run', '--offline'],
    {
      cwd: home,
      encoding: 'utf8',
    },
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
});
