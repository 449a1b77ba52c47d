/**
 * By what an API server proves itself: in its kubeconfig, and in the settings of the deployment.
 *
 * @module
 */
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { usageError } from '../exit-codes.ts';
import type { WebhookKubeconfig } from '../webhook-kubeconfig.ts';
import { readPem } from './pem.ts';

/** A bearer secret, or a client certificate with its key, in PEM. */
export type Credential =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'certificate'; readonly cert: string; readonly key: string };

/** A secret of 256 bits. */
export function newSecret(): Credential {
  return { kind: 'secret', secret: randomBytes(32).toString('base64url') };
}

/** Reads certificate and key, and tries whether they belong together. */
export async function readCertificate(certFile: string, keyFile: string): Promise<Credential> {
  const cert = await readPem(certFile, '--client-certificate');
  const key = await readPem(keyFile, '--client-key');
  try {
    createSecureContext({ cert, key });
  } catch {
    throw usageError(
      '--client-certificate and --client-key: no certificate in PEM with its own private key',
      'name the files of one pair, the key without a password',
    );
  }
  return { kind: 'certificate', cert, key };
}

/** What a webhook kubeconfig has. */
export function credentialOf({ token, certificate }: WebhookKubeconfig): Credential | undefined {
  if (token !== undefined) return { kind: 'secret', secret: token };
  return certificate && { kind: 'certificate', ...certificate };
}

/** The variable of a deployment, and its value: what tells the credential from others, and not the credential. */
export function settingOf(credential: Credential): readonly [string, string] {
  return credential.kind === 'secret'
    ? ['CALLERID_API_SERVER_SECRET_SHA256', createHash('sha256').update(credential.secret).digest('hex')]
    : [
        'CALLERID_API_SERVER_CERTIFICATE_SHA256',
        new X509Certificate(credential.cert).fingerprint256.replaceAll(':', '').toLowerCase(),
      ];
}

/** The user of a kubeconfig. */
export function userOf(credential: Credential): object {
  if (credential.kind === 'secret') return { token: credential.secret };
  return {
    'client-certificate-data': Buffer.from(credential.cert).toString('base64'),
    'client-key-data': Buffer.from(credential.key).toString('base64'),
  };
}
