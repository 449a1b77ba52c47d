/**
 * The webhook on Deno behind TLS of its own, which `deno serve` has not:
 * `deno run --unstable-kv --allow-env --allow-net --allow-read src/runtime/deno-tls.ts --cert tls.crt --key tls.key`,
 * with `--host` (default 127.0.0.1) and `--port` (default 8443, 0 for any free one); with `--metrics-port` metrics are at a port of
 * their own, at `--metrics-host` (default 127.0.0.1). SIGTERM and SIGINT end it in good order.
 *
 * @module
 */
import { isIPv6 } from 'node:net';
import { parseArgs } from 'node:util';
import { ConfigurationError } from '../errors/classes.ts';
import { type Connection, createDenoService } from './deno-service.ts';
import { endOnSignal, isCut, tell } from './ending.ts';

/** The part of Deno that is used. */
declare const Deno: {
  readonly args: string[];
  readTextFile(path: string): Promise<string>;
  serve(
    options: {
      hostname: string;
      port: number;
      cert?: string;
      key?: string;
      onListen(address: { hostname: string; port: number }): void;
    },
    handler: (request: Request, connection: Connection) => Response | Promise<Response>,
  ): { shutdown(): Promise<void> };
};

const { values } = parseArgs({
  args: Deno.args,
  options: {
    cert: { type: 'string' },
    key: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8443' },
    'metrics-host': { type: 'string', default: '127.0.0.1' },
    'metrics-port': { type: 'string' },
  },
});

const port = portOf('--port', values.port);
const metricsPort =
  values['metrics-port'] === undefined ? undefined : portOf('--metrics-port', values['metrics-port']);
const [cert, key] = [await read('--cert', values.cert), await read('--key', values.key)];
const service = await createDenoService(metricsPort !== undefined);
const metricsUrl = await listenForMetrics();
const server = Deno.serve({ hostname: values.host, port, cert, key, onListen }, service.fetch);
void endOnSignal({ flush: service.flush, drain: (ms) => isCut(server.shutdown(), ms) });

function onListen({ hostname, port }: { hostname: string; port: number }): void {
  tell({ event: 'listening', url: `https://${authorityOf(hostname, port)}`, metrics: metricsUrl });
}

/** Where metrics are shown; undefined where they are not at a port of their own. */
function listenForMetrics(): Promise<string> | undefined {
  const { metrics } = service;
  if (metrics === undefined || metricsPort === undefined) return undefined;
  return new Promise((resolve) => {
    const onListen = (at: { hostname: string; port: number }): void =>
      resolve(`http://${authorityOf(at.hostname, at.port)}/metrics`);
    const hostname = values['metrics-host'];
    Deno.serve({ hostname, port: metricsPort, onListen }, (request) => metrics.fetch(request));
  });
}

function authorityOf(hostname: string, port: number): string {
  return `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
}

function portOf(option: string, text: string): number {
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number <= 65_535) return number;
  throw new ConfigurationError(option, 'not a port', 'Give a number from 0 to 65535.');
}

async function read(option: string, path: string | undefined): Promise<string> {
  if (path === undefined) throw new ConfigurationError(option, 'not given', 'Name a PEM file.');
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const { name } = error as Error;
    throw new ConfigurationError(option, `${path} cannot be read (${name})`, 'Name a PEM file that can be.');
  }
}
