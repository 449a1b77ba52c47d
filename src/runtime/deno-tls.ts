/**
 * The webhook on Deno behind TLS of its own, which `deno serve` has not:
 * `deno run --unstable-kv --allow-env --allow-net --allow-read src/runtime/deno-tls.ts --cert tls.crt --key tls.key`,
 * with `--host` (default 127.0.0.1) and `--port` (default 8443).
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { ConfigurationError } from '../errors/classes.ts';
import server from './deno.ts';

/** The part of Deno that is used. */
declare const Deno: {
  readonly args: string[];
  readTextFile(path: string): Promise<string>;
  serve(
    options: { hostname: string; port: number; cert: string; key: string },
    handler: typeof server.fetch,
  ): unknown;
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
Deno.serve({ hostname: values.host, port, cert, key }, server.fetch);

async function read(option: string, path: string | undefined): Promise<string> {
  if (path === undefined) throw new ConfigurationError(option, 'not given', 'Name a PEM file.');
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const { name } = error as Error;
    throw new ConfigurationError(option, `${path} cannot be read (${name})`, 'Name a PEM file that can be.');
  }
}
