/**
 * The settings by which the API server of a cluster proves itself.
 *
 * @module
 */
import * as v from 'valibot';
import { ConfigurationError } from '../errors/classes.ts';
import type { ApiServerAuth } from '../http/api-server.ts';
import { fromHex } from '../lib/hex.ts';

const digest = v.pipe(
  v.string('must be text'),
  v.regex(/^[0-9a-f]{64}$/i, 'must be a SHA-256 digest, 64 hexadecimal digits'),
);

/** openssl prints them with colons, everybody else without. */
const fingerprint = v.pipe(
  v.string('must be text'),
  v.regex(
    /^[0-9a-f]{2}(?:[0-9a-f]{62}|(?::[0-9a-f]{2}){31})$/i,
    'must be a SHA-256 fingerprint, 64 hexadecimal digits with colons between the pairs or without',
  ),
  v.transform((text) => text.replaceAll(':', '')),
);

/** Two are good at once, so that one can be put in place of the other. */
function oneOrTwo(item: v.GenericSchema<string>, names: string) {
  return v.optional(
    v.pipe(
      v.array(item, `must be a list of SHA-256 ${names}`),
      v.minLength(1, 'must not be empty'),
      v.maxLength(2, `may hold two ${names} at most`),
    ),
  );
}

/** The fields of a cluster. */
export const apiServerFields = {
  apiServerSecretSha256: oneOrTwo(digest, 'digests'),
  apiServerCertificateSha256: oneOrTwo(fingerprint, 'fingerprints'),
  apiServerAuth: v.optional(v.literal('none', 'may only be none')),
};

/** The fields, read. */
export type ApiServerValues = v.InferOutput<v.ObjectSchema<typeof apiServerFields, undefined>>;

/**
 * Reads how an API server proves itself. What an operator should know of it is added to `warnings`.
 *
 * @param names how the fields are called where they are set
 * @throws {ConfigurationError}
 */
export function readApiServerAuth(
  {
    apiServerSecretSha256: secrets,
    apiServerCertificateSha256: certificates,
    apiServerAuth,
  }: ApiServerValues,
  names: (field: keyof ApiServerValues) => string,
  warnings: string[],
): ApiServerAuth {
  const open = names('apiServerAuth');
  const given = secrets ? 'apiServerSecretSha256' : certificates ? 'apiServerCertificateSha256' : undefined;
  if (apiServerAuth === 'none') {
    if (given !== undefined) {
      throw new ConfigurationError(names(given), `set together with ${open}`, 'Keep one of them.');
    }
    warnings.push(`${open}: anybody who reaches this webhook may ask for reviews.`);
    return 'none';
  }
  if (given === undefined) {
    throw new ConfigurationError(
      names('apiServerSecretSha256'),
      'not set, so anybody could ask',
      `Set it to the SHA-256 digest of the bearer secret in the API server's webhook kubeconfig, ` +
        `or ${names('apiServerCertificateSha256')} to the fingerprint of its client certificate, or set ${open} to none.`,
    );
  }
  if (secrets && certificates) {
    warnings.push(
      `${names('apiServerCertificateSha256')}: a secret suffices as well. ` +
        `Remove ${names('apiServerSecretSha256')} once the API server presents its certificate.`,
    );
  }
  return {
    secretDigests: (secrets ?? []).map(fromHex),
    certificateDigests: (certificates ?? []).map(fromHex),
  };
}

/**
 * A credential belongs to one cluster: the API server of one could else ask for another.
 *
 * @throws {ConfigurationError}
 */
export function assertOwnCredentials(clusters: readonly ApiServerAuth[]): void {
  for (const [kind, field, fix] of [
    ['secretDigests', 'apiServerSecretSha256', 'Give each API server a secret of its own.'],
    ['certificateDigests', 'apiServerCertificateSha256', 'Give each API server a certificate of its own.'],
  ] as const) {
    const credentials = clusters.flatMap((auth) =>
      auth === 'none' ? [] : [...new Set(auth[kind].map((digest) => digest.join()))],
    );
    if (new Set(credentials).size < credentials.length) {
      throw new ConfigurationError('CALLERID_CLUSTERS', `two clusters have the same ${field}`, fix);
    }
  }
}
