/**
 * Workers in workerd, bound as `examples/worker/wrangler.toml` says.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare, Response as WorkerResponse } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import type { StsEmulator } from '../../src/emulator/emulator.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { encodeRecord } from '../../src/policy/record.ts';
import type { KvNamespace } from '../../src/store/cloudflare-kv.ts';
import type { Service } from './contract.ts';
import { project } from './services.ts';
import { origin } from './stage.ts';

const example = join(project, 'examples/worker');

/** Starts a file of the project. Storage is in memory; every request that the Worker sends goes to `sts`. */
export async function startWorker(file: string, sts: Pick<StsEmulator, 'fetch'>): Promise<Service> {
  const script = await bundle(file);
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(example, 'wrangler.toml'));
  const { modulesRules: _, rootPath: __, ...options } = workerOptions;
  if (!script.includes('OnceObject')) options.durableObjects = {}; // not all that is run exports their class
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      ...options,
      modules: true,
      script,
      host: '127.0.0.1',
      port: 0,
      cf: false,
      async outboundService({ url, method, headers }) {
        const answer = await sts.fetch(url, { method, headers: [...headers] });
        return new WorkerResponse(await answer.arrayBuffer(), {
          status: answer.status,
          headers: [...answer.headers],
        });
      },
    }),
    logRequests: false,
  });
  await miniflare.ready;
  const namespace = (await miniflare.getKVNamespace('POLICY')) as unknown as KvNamespace;
  await namespace.put('policy/orders', policyRecord());
  return {
    send: (path, init) =>
      miniflare.dispatchFetch(origin + path, init as object) as unknown as Promise<Response>,
    close: () => miniflare.dispose(),
  };
}

async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(project, file)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
}

/** As `callerid policy import policy.json --record` writes it. */
function policyRecord(): string {
  const policy = parsePolicy(JSON.parse(readFileSync(join(example, 'policy.json'), 'utf8')));
  return encodeRecord({ version: 1, writtenAt: new Date().toISOString(), policy });
}
