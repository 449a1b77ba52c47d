/**
 * Peers from Go modules, each built once and kept outside of the checkout.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheHome } from './cache.ts';
import { Skipped } from './suite.ts';

/** What can be built: the module below `go/` that names it and its version, and its package. */
const peers = {
  'kube-apiserver': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  kubectl: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl' },
  etcd: { module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  'aws-iam-authenticator': {
    module: 'aws-iam-authenticator',
    package: 'sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator',
  },
  'token-verifier': { module: 'aws-iam-authenticator', package: '.' },
  jose: { module: 'jose', package: '.' },
} as const;

export type GoPeer = keyof typeof peers;

const progressMs = 20_000;

/**
 * The path of a peer's program, which is built where it is not there yet. kube-apiserver takes minutes.
 *
 * @throws {Skipped} where there is no Go, or its modules cannot be fetched
 */
export async function goProgram(name: GoPeer): Promise<string> {
  const peer = peers[name];
  const home = join(import.meta.dirname, 'go', peer.module);
  const version = spawnSync('go', ['version'], { cwd: home, encoding: 'utf8' });
  if (version.status !== 0) throw new Skipped('there is no Go here that can build it');
  const program = join(cacheHome(), `${name}-${keyOf(home, version.stdout)}`, name);
  if (existsSync(program)) return program;
  const download = spawnSync('go', ['mod', 'download'], { cwd: home, encoding: 'utf8', env: goEnvironment });
  if (download.status !== 0) {
    throw new Skipped(`Go cannot fetch its modules: ${download.stderr.trim().split('\n').at(-1)}`);
  }
  mkdirSync(join(program, '..'), { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  try {
    await build(name, peer.package, home, unfinished);
    renameSync(unfinished, program);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return program;
}

/** What the user has set for Go's build is for programs of the user. */
const goEnvironment = { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off', CGO_ENABLED: '0' };

function keyOf(home: string, version: string): string {
  const hash = createHash('sha256').update(version);
  for (const file of readdirSync(home).sort()) hash.update(readFileSync(join(home, file)));
  return hash.digest('hex').slice(0, 12);
}

async function build(name: string, path: string, home: string, output: string): Promise<void> {
  const args = ['build', '-v', '-trimpath', '-ldflags=-s -w', '-o', output, path];
  const building = spawn('go', args, { cwd: home, env: goEnvironment, stdio: ['ignore', 'ignore', 'pipe'] });
  const startedAt = Date.now();
  const last: string[] = [];
  let packages = 0;
  createInterface(building.stderr).on('line', (line) => {
    packages++;
    last.push(line);
    if (last.length > 20) last.shift();
  });
  const tell = (what: string): void =>
    console.log(`${name}: ${what}, ${Math.round((Date.now() - startedAt) / 1000)} s`);
  console.log(`${name}: is built, once; this may take minutes`);
  const progress = setInterval(() => tell(`${packages} packages`), progressMs);
  try {
    const [status] = await once(building, 'exit');
    if (status !== 0) throw new Error(`go build of ${path} ended with ${status}:\n${last.join('\n')}`);
  } finally {
    clearInterval(progress);
  }
  tell('built');
}
