/**
 * The entry of callerid on Deno, with STS at a port of this machine. Node goes there through a CONNECT proxy; Deno's `fetch` leaves
 * some of many calls at once through a proxy without a connection, so here each name leads to the port, over TLS and with its
 * own `Host`.
 *
 * @module
 */

/** The part of Deno that is used. */
declare const Deno: {
  readonly env: { get(name: string): string | undefined; delete(name: string): void };
  createHttpClient(options: { allowHost: boolean; caCerts: string[]; poolMaxIdlePerHost: number }): unknown;
};

const port = Deno.env.get('STS_PORT');
const caPem = Deno.env.get('STS_CA') ?? '';
const client = Deno.createHttpClient({ allowHost: true, caCerts: [caPem], poolMaxIdlePerHost: 256 });
const native = globalThis.fetch;
const sts = /^https:\/\/(sts\.[a-z0-9-]+\.amazonaws\.com)(?=\/)/;

globalThis.fetch = (input, init) => {
  const url = String(input);
  const [, host = ''] = sts.exec(url) ?? [];
  const headers = { ...(init?.headers as Record<string, string>), host };
  const own: RequestInit & { client: unknown } = { ...init, headers, client };
  return native(url.replace(sts, `https://localhost:${port}`), own);
};

const { default: callerid } = await import('../src/runtime/deno.ts');
export default callerid;
