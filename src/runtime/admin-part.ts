/**
 * The admin API, as a part of the app that a build may leave out.
 *
 * @module
 */
import type { Hono } from 'hono';
import { ConfigurationError } from '../errors/classes.ts';
import type { AdminOptions } from '../http/admin/admin.ts';
import type { Cluster } from '../http/webhook.ts';
import { PolicyReader } from '../policy/reader.ts';
import type { RecentCallers } from '../policy/recent.ts';
import type { PolicyTrust } from '../policy/trust.ts';
import type { AtomicStore } from '../store/store.ts';
import type { AdminSettings } from './admin-settings.ts';
import { noAdmin } from './left-out.ts';
import type { Settings } from './settings.ts';
import { adminVerifier, type Sts } from './verifiers.ts';

/** A cluster of the webhook, and what the admin API needs of it besides. */
export type ServedCluster = Cluster & {
  readonly policies: PolicyReader;
  readonly recent: RecentCallers | undefined;
  readonly lintAudience: string | undefined;
  readonly trust: PolicyTrust | undefined;
};

/**
 * Makes the admin API; undefined where none is wanted.
 *
 * @throws {ConfigurationError} where the build leaves it out, or nothing can write
 */
export function adminApp(
  settings: Settings,
  createAdmin: ((options: AdminOptions) => Hono) | undefined,
  clusters: readonly ServedCluster[],
  writer: AtomicStore | undefined,
  sts: Sts,
  shared: Pick<AdminOptions, 'privateDnsNames' | 'taskContext' | 'log'>,
): Hono | undefined {
  const { admin } = settings;
  if (admin === undefined) return undefined;
  if (createAdmin === undefined) throw noAdmin('CALLERID_ADMIN_AUDIENCE');
  return createAdmin({ ...adminOf(admin, clusters, settings, writer, sts), ...shared });
}

function adminOf(
  { audience, group, secretDigests }: AdminSettings,
  clusters: readonly ServedCluster[],
  settings: Settings,
  writer: AtomicStore | undefined,
  sts: Sts,
): Pick<AdminOptions, 'clusters' | 'auth'> {
  if (writer === undefined) {
    throw new ConfigurationError(
      'CALLERID_ADMIN_AUDIENCE',
      'there is nothing that can write policies',
      'On Workers bind the Durable Object POLICY_WRITER, see wrangler.toml; or remove the settings of the admin API.',
    );
  }
  const verifier =
    audience === undefined ? undefined : adminVerifier(settings, sts, audience, adminCacheBytes);
  return {
    clusters: clusters.flatMap(({ recent, ...cluster }) => {
      if (recent === undefined) return [];
      const policies = new PolicyReader({
        store: writer,
        cluster: cluster.id,
        trust: cluster.trust,
        holdMs: 0,
        lastGoodMs: 0,
        cacheBytes: adminCacheBytes,
      });
      return { ...cluster, recent, policies, store: writer, adminGroup: group };
    }),
    auth: { verifier, secretDigests },
  };
}

/** For the identities of administrators, and for the parts of a policy that name them, in bytes: a large upload is many requests. */
const adminCacheBytes = 1024 * 1024;
