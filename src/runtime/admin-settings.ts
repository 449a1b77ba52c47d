/**
 * The settings of the admin API. Without any of them there is none.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import type { ApiServerAuth } from '../http/api-server.ts';
import { fromHex, toHex } from '../lib/hex.ts';
import { couldBeEksClusterName, isVerifierAudience } from '../token/audience.ts';

/** How administrators prove themselves. */
export interface AdminSettings {
  /** Undefined where no tokens are taken. */
  readonly audience: string | undefined;
  readonly group: string;
  /** SHA-256 digests of static secrets. */
  readonly secretDigests: readonly Uint8Array[];
}

/** Their variables, as text. */
export interface AdminValues {
  readonly CALLERID_ADMIN_AUDIENCE?: string | undefined;
  readonly CALLERID_ADMIN_GROUP: string;
  readonly CALLERID_ADMIN_SECRET_SHA256?: readonly string[] | undefined;
}

/**
 * Reads them.
 *
 * @param clusters whose audience and whose secrets are no administrator's: an API server sees the tokens of its users
 * @throws {ConfigurationError}
 */
export function readAdmin(
  values: AdminValues,
  clusters: readonly { readonly audience: string; readonly apiServerAuth: ApiServerAuth }[],
): AdminSettings | undefined {
  const {
    CALLERID_ADMIN_AUDIENCE: audience,
    CALLERID_ADMIN_GROUP: group,
    CALLERID_ADMIN_SECRET_SHA256: digests = [],
  } = values;
  if (audience === undefined && digests.length === 0) return undefined;
  if (audience !== undefined) {
    assertAdminAudience(
      audience,
      clusters.map((cluster) => cluster.audience),
    );
  }
  if (digests.length > 2 || !digests.every((digest) => /^[0-9a-f]{64}$/i.test(digest))) {
    throw new ConfigurationError(
      'CALLERID_ADMIN_SECRET_SHA256',
      'not one or two SHA-256 digests, 64 hexadecimal digits each',
      'Set it to the digest of the secret, never to the secret.',
    );
  }
  const taken = clusters.flatMap(({ apiServerAuth }) =>
    apiServerAuth === 'none' ? [] : apiServerAuth.secretDigests,
  );
  if (taken.some((one) => digests.some((digest) => digest.toLowerCase() === toHex(one)))) {
    throw new ConfigurationError(
      'CALLERID_ADMIN_SECRET_SHA256',
      'the secret of an API server, which would be an administrator',
      'Make another secret.',
    );
  }
  if (!/^[\x21-\x7e]{1,256}$/.test(group) || group.includes('{{')) {
    throw new ConfigurationError(
      'CALLERID_ADMIN_GROUP',
      'not a name for a group of administrators',
      'Set it to printable text without spaces or variables.',
    );
  }
  return { audience, group, secretDigests: digests.map(fromHex) };
}

function assertAdminAudience(audience: string, audiences: readonly string[]): void {
  const problem = !isVerifierAudience(audience)
    ? 'not 1 to 256 printable ASCII characters without outer or doubled spaces, and without #'
    : audiences.includes(audience)
      ? 'the audience of a cluster, whose API server could replay the tokens of its users'
      : couldBeEksClusterName(audience)
        ? 'a name that an EKS cluster could have'
        : undefined;
  if (problem === undefined) return;
  throw new ConfigurationError(
    'CALLERID_ADMIN_AUDIENCE',
    problem,
    'Set it to the URL of this deployment, such as https://callerid.example.com/admin.',
  );
}
