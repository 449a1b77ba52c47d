/**
 * A proxy that ends TLS, asks for client certificates, and says in a header of RFC 9440 which one it was.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { KeyedCertificate } from '../../../src/emulator/certificates.ts';

export interface TlsProxyOptions {
  /** Where requests go. */
  readonly target: string;
  /** For 127.0.0.1. */
  readonly certificate: KeyedCertificate;
  /** Of the authority of the target, of the proxy and of its clients. */
  readonly caPem: string;
}

export interface TlsProxy {
  readonly url: string;
  readonly end: () => Promise<void>;
}

/** What the deployment behind it is told. */
export const proxySettings = { addresses: ['127.0.0.1'], header: 'client-cert', form: 'rfc9440' } as const;

export async function startTlsProxy({ target, certificate, caPem }: TlsProxyOptions): Promise<TlsProxy> {
  const server = createServer(
    { ...certificate, ca: caPem, requestCert: true, rejectUnauthorized: true },
    (incoming, outgoing) => {
      const { raw } = (incoming.socket as TLSSocket).getPeerCertificate();
      const headers = { ...incoming.headers, [proxySettings.header]: `:${raw.toString('base64')}:` };
      const { method = 'GET', url = '/' } = incoming;
      const sent = request(new URL(url, target), { ca: caPem, method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      sent.on('error', () => outgoing.destroy());
      incoming.pipe(sent);
    },
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async end() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
