/**
 * Who may read the metrics.
 *
 * @module
 */
import { ConfigurationError } from '../../errors/classes.ts';
import { fromHex, toHex } from '../../lib/hex.ts';
import type { Settings } from '../webhook-settings.ts';

const setting = 'CALLERID_METRICS_SECRET_SHA256';

/**
 * The SHA-256 digests of the secrets of those who may; none where there is no secret, and then nobody may on the
 * webhook's own port.
 *
 * @throws {ConfigurationError}
 */
export function readMetricsDigests({
  metricsSecretSha256: digests = [],
  clusters,
  admin,
}: MetricsSettings): readonly Uint8Array[] {
  if (digests.length > 2 || !digests.every((digest) => /^[0-9a-f]{64}$/i.test(digest))) {
    throw new ConfigurationError(
      setting,
      'not one or two SHA-256 digests, 64 hexadecimal digits each',
      'Set it to the digest of the secret, never to the secret.',
    );
  }
  const taken = clusters.flatMap(({ apiServerAuth }) =>
    apiServerAuth === 'none' ? [] : apiServerAuth.secretDigests,
  );
  const others = new Set([...taken, ...(admin?.secretDigests ?? [])].map(toHex));
  if (digests.some((digest) => others.has(digest.toLowerCase()))) {
    throw new ConfigurationError(
      setting,
      'the secret of an API server or of administrators, which whoever scrapes would have',
      'Make another secret.',
    );
  }
  return digests.map(fromHex);
}

/** What is read for that. */
export type MetricsSettings = Pick<Settings, 'metricsSecretSha256' | 'clusters' | 'admin' | 'endpoints'>;
