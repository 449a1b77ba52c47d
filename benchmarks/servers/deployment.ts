/**
 * Workers as they are deployed: bundled by wrangler, as CI does it.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { policyValues, settings, yardstickSettings } from './settings.ts';
import { bundleWorker, type WorkerdOptions, workerdConfig } from './workerd-config.ts';

/** `webhook` is the webhook alone, `worker` the Worker with everything, `bare` the yardsticks. */
export type Worker = 'bare' | 'webhook' | 'worker';

const root = join(import.meta.dirname, '../..');

/** Bundles all of them into a directory, and gives their paths. */
export async function bundleWorkers(directory: string): Promise<Readonly<Record<Worker, string>>> {
  const bare = join(directory, 'bare.js');
  await bundleWorker(join(import.meta.dirname, 'bare.ts'), bare);
  const build = (entry: string, environment: string) => {
    const command = ['run', '--silent', 'build:worker', '--', `--env=${environment}`];
    const outdir = join(directory, entry); // which wrangler empties
    execFileSync('npm', [...command, '--outdir', outdir], {
      cwd: root,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return join(outdir, `${entry}.js`);
  };
  return { bare, webhook: build('cloudflare-webhook', 'webhook'), worker: build('cloudflare', '') };
}

/** Gives the Worker its policy: workerd has no KV of its own. */
const deployed = `
  import callerid from 'callerid.js';
  let values;
  const POLICY = { get: async (key) => values[key] ?? null };
  export default {
    fetch(request, env, context) {
      values ??= JSON.parse(env.BENCH_POLICY);
      return callerid.fetch(request, { ...env, POLICY }, context);
    },
  };
`;

/** Writes what workerd is to be told for each of them, and gives the paths. */
export async function configureWorkers(
  directory: string,
  bundles: Readonly<Record<Worker, string>>,
  stubPort: number,
): Promise<Readonly<Record<Worker, string>>> {
  writeFileSync(join(directory, 'deployed.js'), deployed);
  const ours = { ...settings, BENCH_POLICY: await policyValues() };
  const theirs = { BENCH_YARDSTICKS: await yardstickSettings() };
  const write = (name: Worker, { modules, variables }: Pick<WorkerdOptions, 'modules' | 'variables'>) => {
    const path = join(directory, `${name}.capnp`);
    writeFileSync(path, workerdConfig({ modules, variables, port: 0, stubPort }));
    return path;
  };
  const bundled = (name: Worker) => relative(directory, bundles[name]);
  const wrapped = (name: Worker) =>
    write(name, { modules: { 'main.js': 'deployed.js', 'callerid.js': bundled(name) }, variables: ours });
  return {
    bare: write('bare', { modules: { 'main.js': bundled('bare') }, variables: theirs }),
    webhook: wrapped('webhook'),
    worker: wrapped('worker'),
  };
}
