/**
 * The STS emulator behind TLS, for clients outside this process: the AWS CLI, curl, a Worker, an authenticator.
 *
 * @module
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type CertificateAuthority, createCertificateAuthority } from './certificates.ts';
import type { StsEmulator } from './emulator.ts';

/** Options of {@link listenStsEmulator}. */
export interface ListenOptions {
  /** Port of the TLS server; default 0, any free one. */
  readonly port?: number | undefined;
  /** Names beside `localhost` and `sts….` that get a certificate and pass the proxy. */
  readonly hosts?: readonly string[] | undefined;
}

/** A listening emulator. Everything listens on 127.0.0.1 alone. */
export interface ListeningStsEmulator {
  /** `https://127.0.0.1:PORT`; the emulator wants an STS endpoint in the `Host` header. */
  readonly url: string;
  readonly port: number;
  /** The throwaway authority's certificate: for AWS_CA_BUNDLE, SSL_CERT_FILE, DENO_CERT, NODE_EXTRA_CA_CERTS. */
  readonly caPem: string;
  /**
   * A CONNECT proxy, for HTTPS_PROXY: it leads port 443 of every STS name to the TLS server and refuses
   * everything else with 403.
   */
  readonly proxyUrl: string;
  /** Ends both servers and every connection to them. */
  readonly close: () => Promise<void>;
}

const loopback = '127.0.0.1';
const stsName = /^sts(-fips)?\.([a-z0-9-]+\.)+[a-z]+$/;
/** Bounds the certificates kept for names that clients choose. */
const maxCertificates = 200;
const maxBodyBytes = 64 * 1024;

/** Puts an emulator behind TLS and a CONNECT proxy. */
export async function listenStsEmulator(
  emulator: Pick<StsEmulator, 'fetch'>,
  options: ListenOptions = {},
): Promise<ListeningStsEmulator> {
  const extraHosts = new Set(options.hosts?.map((host) => host.toLowerCase()));
  const isServed = (name: string): boolean => stsName.test(name) || extraHosts.has(name);
  const authority = await createCertificateAuthority('callerid STS emulator CA');
  const contextOf = secureContexts(authority);

  const server = createHttpsServer(
    {
      ...(await authority.issue(['localhost', loopback])),
      SNICallback: (servername, done) => {
        const name = servername.toLowerCase();
        if (!isServed(name) && name !== 'localhost') done(new Error('no certificate for this name'));
        else contextOf(name).then((context) => done(null, context), done);
      },
    },
    (request, response) => void answer(emulator, request, response),
  );
  const sockets = trackSockets(server);
  const port = await listen(server, options.port ?? 0);

  const proxy = createHttpServer((_request, response) => response.writeHead(403).end());
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    const target = /^(.+):443$/.exec(request.url ?? '')?.[1]?.toLowerCase();
    if (target !== undefined && isServed(target)) tunnel(client, port, sockets);
    else client.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  });
  trackSockets(proxy, sockets);
  const proxyPort = await listen(proxy, 0).catch(async (error: unknown) => {
    await close(server, sockets);
    throw error;
  });

  return {
    url: `https://${loopback}:${port}`,
    port,
    caPem: authority.pem,
    proxyUrl: `http://${loopback}:${proxyPort}`,
    close: async () => {
      await Promise.all([close(proxy, sockets), close(server, sockets)]);
    },
  };
}

/** Certificates by name, made when first asked for. */
function secureContexts(authority: CertificateAuthority): (name: string) => Promise<SecureContext> {
  const contexts = new Map<string, Promise<SecureContext>>();
  return (name) => {
    const known = contexts.get(name);
    if (known !== undefined) return known;
    if (contexts.size >= maxCertificates) contexts.clear();
    const context = authority.issue([name]).then(createSecureContext);
    contexts.set(name, context);
    return context;
  };
}

async function answer(
  emulator: Pick<StsEmulator, 'fetch'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort(new Error('the client went away')));
  try {
    const { method = 'GET', url: target = '/' } = request;
    const url = `https://${request.headers.host}${target}`;
    const body = await bodyOf(request);
    const reply = await emulator.fetch(url, {
      method,
      headers: headersOf(request),
      body,
      signal: gone.signal,
    });
    response.writeHead(reply.status, Object.fromEntries(reply.headers));
    for await (const chunk of reply.body ?? []) await write(response, chunk);
    response.end();
  } catch {
    response.destroy();
  }
}

function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    headers.append(request.rawHeaders[i] ?? '', request.rawHeaders[i + 1] ?? '');
  }
  return headers;
}

/** None where there is nothing in it: a GET may not have one. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBodyBytes) throw new Error('the body is too large');
  }
  return length === 0 ? null : new Uint8Array(Buffer.concat(chunks));
}

/** Resolves once the chunk is handed to the kernel, so that what precedes a cut does arrive. */
function write(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('the client went away'));
    response.once('close', gone);
    response.write(chunk, (error) => {
      response.off('close', gone);
      if (error) reject(error);
      else resolve();
    });
  });
}

function tunnel(client: Socket, port: number, sockets: Set<Socket>): void {
  const upstream = connect(port, loopback, () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    upstream.pipe(client).pipe(upstream);
  });
  sockets.add(upstream);
  upstream.on('close', () => {
    sockets.delete(upstream);
    client.destroy();
  });
  client.on('close', () => upstream.destroy());
  for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
}

function trackSockets(server: Server, sockets: Set<Socket> = new Set()): Set<Socket> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return sockets;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}
