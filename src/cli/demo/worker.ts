/**
 * The Worker of the demo: the very bundle that is deployed, in workerd, with local KV and with the emulator for STS.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { StsEmulator } from '../../emulator/emulator.ts';
import { CloudflareKvStore, type KvNamespace } from '../../store/cloudflare-kv.ts';
import type { Store } from '../../store/store.ts';
import { usageError } from '../exit-codes.ts';

interface WorkerOptions {
  /** Path of the bundled Worker. */
  readonly script: string;
  /** 0 for any free one. */
  readonly port: number;
  /** What `[vars]` would hold. */
  readonly variables: Readonly<Record<string, string>>;
  /** Every request that the Worker sends goes here. */
  readonly sts: Pick<StsEmulator, 'fetch'>;
  /** Each line that the Worker logs. */
  readonly onLog: (line: string) => void;
}

export interface RunningWorker {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The KV namespace that is bound as `POLICY`. */
  readonly policies: Store;
  close(): Promise<void>;
}

const compatibilityDate = '2026-10-01';

/** Starts it on 127.0.0.1. Storage is in memory and ends with it. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { Miniflare, Response } = await import('miniflare').catch(() => {
    throw usageError('miniflare is not installed', 'npm install miniflare, or run the demo in a clone');
  });
  const contents = await readFile(options.script, 'utf8');
  const texts = Object.entries(options.variables).map(([name, value]) => [name, { type: 'text', value }]);
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: options.port,
    cf: false,
    logRequests: false,
    handleStructuredLogs: ({ message }) => options.onLog(message),
    workers: [
      {
        config: {
          name: 'callerid',
          compatibilityDate,
          manifest: {
            mainModule: 'worker.js',
            modulesRoot: '/',
            modules: { 'worker.js': { type: 'esm', contents } },
          },
          env: { ...Object.fromEntries(texts), POLICY: { type: 'kv', id: 'policy' } },
        },
        dev: {
          outboundService: {
            type: 'fetcher',
            async handler({ url, method, headers }) {
              const answer = await options.sts.fetch(url, { method, headers: [...headers] });
              return new Response(await answer.arrayBuffer(), {
                status: answer.status,
                headers: [...answer.headers],
              });
            },
          },
        },
      },
    ],
  });
  const url = await miniflare.ready;
  const namespace = (await miniflare.getKVNamespace('POLICY')) as unknown as KvNamespace;
  return {
    url: url.origin,
    policies: new CloudflareKvStore(namespace),
    close: () => miniflare.dispose(),
  };
}
