/**
 * The webhook on Deno behind TLS of its own, which `deno serve` has not:
 * `deno run --unstable-kv --allow-env --allow-net --allow-read src/runtime/deno-tls.ts --cert tls.crt --key tls.key`,
 * with `--host` (default 127.0.0.1) and `--port` (default 8443, 0 for any free one). SIGTERM and SIGINT end it in good order.
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
      cert: string;
      key: string;
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
  },
});

const port = Number(values.port);
if (!/^\d{1,5}$/.test(values.port) || port > 65_535) {
  throw new ConfigurationError('--port', 'not a port', 'Give a number from 0 to 65535.');
}
const [cert, key] = [await read('--cert', values.cert), await read('--key', values.key)];
const service = await createDenoService();
const server = Deno.serve({ hostname: values.host, port, cert, key, onListen }, service.fetch);
void endOnSignal({ flush: service.flush, drain: (ms) => isCut(server.shutdown(), ms) });

function onListen({ hostname, port }: { hostname: string; port: number }): void {
  tell({ event: 'listening', url: `https://${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}` });
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
