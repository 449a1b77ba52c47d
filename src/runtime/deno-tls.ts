/**
 * The webhook on Deno behind TLS of its own, which `deno serve` has not:
 * `deno run --unstable-kv --allow-env --allow-net --allow-read src/runtime/deno-tls.ts --cert tls.crt --key tls.key`,
 * with `--host` (default 127.0.0.1) and `--port` (default 8443, 0 for any free one); with `--metrics-port` metrics are at a port of
 * their own, at `--metrics-host` (default 127.0.0.1). SIGTERM and SIGINT end it in good order.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { ConfigurationError } from '../errors/classes.ts';
import type { App } from '../http/routes.ts';
import { type Connection, createDenoService } from './deno-service.ts';
import { endOnSignal, isCut, tell } from './ending.ts';
import { type Address, authorityOf, metricsAddressOf, warnOfOpenMetrics } from './listening.ts';

/** Where Deno says that it listens. */
interface NetAddress {
  readonly hostname: string;
  readonly port: number;
}

/** The part of Deno that is used. */
declare const Deno: {
  readonly args: string[];
  readonly env: { get(name: string): string | undefined };
  exit(code: number): never;
  readTextFile(path: string): Promise<string>;
  serve(options: ServeOptions, handler: ServeHandler): Server;
};

interface ServeOptions {
  readonly hostname: string;
  readonly port: number;
  readonly cert?: string;
  readonly key?: string;
  readonly onListen: (address: NetAddress) => void;
}

type ServeHandler = (request: Request, connection: Connection) => Response | Promise<Response>;

interface Server {
  shutdown(): Promise<void>;
}

await serve().catch((error: unknown) => {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(`callerid: ${error.message}`);
  Deno.exit(2);
});

async function serve(): Promise<void> {
  const values = readArguments();
  const metricsPort = portOf('--metrics-port', values['metrics-port']);
  const metricsAddress = metricsAddressOf(values['metrics-host'], metricsPort);
  const port = portOf('--port', values.port) ?? 8443;
  const [cert, key] = [await read('--cert', values.cert), await read('--key', values.key)];
  const service = await createDenoService(metricsAddress !== undefined);
  const { metrics, flush } = service;
  const metricsUrl = metricsAddress && metrics && (await listenForMetrics(metrics, metricsAddress));
  if (metricsAddress !== undefined)
    warnOfOpenMetrics(metricsAddress, Deno.env.get('CALLERID_METRICS_SECRET_SHA256'));
  const onListen = ({ hostname: host, port }: NetAddress): void =>
    tell({ event: 'listening', url: `https://${authorityOf({ host, port })}`, metrics: metricsUrl });
  const server = listen('--', { hostname: values.host, port, cert, key, onListen }, service.fetch);
  void endOnSignal({ flush, drain: (ms) => isCut(server.shutdown(), ms) });
}

function readArguments() {
  const one = { type: 'string' } as const;
  const options = { cert: one, key: one, host: { ...one, default: '127.0.0.1' }, port: one };
  try {
    return parseArgs({ args: Deno.args, options: { ...options, 'metrics-host': one, 'metrics-port': one } })
      .values;
  } catch (error) {
    throw new ConfigurationError(
      'arguments',
      (error as Error).message,
      'See the head of src/runtime/deno-tls.ts.',
    );
  }
}

/** Resolves with where they are, once they are there. */
function listenForMetrics(metrics: App, { host: hostname, port }: Address): Promise<string> {
  return new Promise((resolve) => {
    const onListen = (at: NetAddress): void =>
      resolve(`http://${authorityOf({ host: at.hostname, port: at.port })}/metrics`);
    listen('--metrics-', { hostname, port, onListen }, (request) => metrics.fetch(request));
  });
}

function listen(prefix: string, options: ServeOptions, handler: ServeHandler): Server {
  try {
    return Deno.serve(options, handler);
  } catch (error) {
    const { hostname, port } = options;
    throw new ConfigurationError(
      `${prefix}port`,
      `cannot listen on ${hostname}, port ${port} (${(error as Error).name})`,
      'Give a host of this machine, a port that is free, and a certificate with its key.',
    );
  }
}

function portOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
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
