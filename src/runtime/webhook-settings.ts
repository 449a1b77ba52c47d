/**
 * The configuration of a deployment: read from environment variables, checked as a whole, with messages that name the
 * variable and the fix. What a build may leave out has its settings read by a part of its own.
 *
 * @module
 */
import * as v from 'valibot';
import { ConfigurationError } from '../errors/classes.ts';
import { suggest } from '../lib/suggest.ts';
import { describeRule } from '../mapping/rule.ts';
import type { EndpointOptions } from '../sts/endpoints.ts';
import type { AdminSettings, AdminValues } from './admin-settings.ts';
import { type BreakGlassSettings, readBreakGlass } from './break-glass.ts';
import {
  type ClusterSettings,
  clusterVariables,
  type ReadAwsJwtIssuers,
  readClusters,
} from './cluster-settings.ts';
import { type Ec2Settings, ec2Variables, readEc2Settings } from './ec2-settings.ts';
import { endpointVariables, readEndpoints } from './endpoint-settings.ts';
import type { IssuerSettings, IssuerValues } from './issuer-settings.ts';
import { flag, whole, words } from './values.ts';

/** Everything that a deployment is told, checked. */
export interface Settings {
  readonly clusters: readonly ClusterSettings[];
  readonly defaultCluster: string | undefined;
  readonly endpoints: EndpointOptions;
  /** Absent where nothing is to be looked up in EC2. */
  readonly ec2?: Ec2Settings;
  readonly identitySeconds: number;
  readonly policySeconds: number;
  readonly lastGoodSeconds: number;
  readonly stsDeadlineMs: number;
  /** Calls to STS in a minute: for one audience, and for one access key of it. */
  readonly clusterLimit: number;
  readonly callerLimit: number;
  /** Calls to STS at once. */
  readonly stsConcurrency: number;
  readonly maxTokenLength: number;
  readonly cacheBytes: number;
  readonly breakGlass: BreakGlassSettings | undefined;
  /** The proxy that tells of client certificates, as it is written; only some runtimes have one, and read it. */
  readonly clientCertificateProxy?: unknown;
  /** Undefined where there is no admin API. */
  readonly admin: AdminSettings | undefined;
  /** Absent where no cluster issues JWTs. */
  readonly issuer?: IssuerSettings;
  readonly policyCacheBytes: number;
  /** As they are written; only some runtimes have metrics to read, or traces, and read these. */
  readonly metricsSecretSha256?: readonly string[] | undefined;
  readonly traces?: boolean;
  /** What an operator should know though it works. */
  readonly warnings: readonly string[];
}

/** Read the settings of what a build may leave out. */
export interface PartReaders {
  /** Undefined where there is to be no admin API. */
  readonly readAdmin: (
    values: AdminValues,
    clusters: readonly ClusterSettings[],
  ) => AdminSettings | undefined;
  /** Undefined where no cluster issues JWTs. */
  readonly readIssuer: (
    values: IssuerValues,
    clusters: readonly ClusterSettings[],
    adminAudience: string | undefined,
  ) => IssuerSettings | undefined;
  readonly readAwsJwtIssuers: ReadAwsJwtIssuers;
}

const variables = {
  ...clusterVariables,
  ...endpointVariables,
  CALLERID_IDENTITY_SECONDS: v.optional(whole(0, 900), '60'),
  CALLERID_POLICY_SECONDS: v.optional(whole(1, 300), '30'),
  CALLERID_LAST_GOOD_SECONDS: v.optional(whole(0, 86_400), '900'),
  CALLERID_STS_DEADLINE_MS: v.optional(whole(100, 20_000), '5000'),
  CALLERID_CLUSTER_LIMIT: v.optional(whole(1, 10_000_000), '6000'),
  CALLERID_CALLER_LIMIT: v.optional(whole(1, 10_000_000), '600'),
  CALLERID_STS_CONCURRENCY: v.optional(whole(1, 10_000), '1000'),
  CALLERID_MAX_TOKEN_LENGTH: v.optional(whole(512, 32_768), '8192'),
  CALLERID_CACHE_MIB: v.optional(whole(0, 64), '16'),
  CALLERID_POLICY_CACHE_MIB: v.optional(whole(1, 64), '16'),
  CALLERID_POLICY: v.optional(v.string()),
  CALLERID_ADMIN_AUDIENCE: v.optional(v.string()),
  CALLERID_ADMIN_GROUP: v.optional(v.string(), 'callerid:admins'),
  CALLERID_ADMIN_SECRET_SHA256: v.optional(words),
  CALLERID_BREAK_GLASS: v.optional(v.pipe(v.string(), v.parseJson(undefined, 'must be a JSON object'))),
  CALLERID_CLIENT_CERTIFICATE_PROXY: v.optional(
    v.pipe(v.string(), v.parseJson(undefined, 'must be a JSON object')),
  ),
  ...ec2Variables,
  CALLERID_ISSUER: v.optional(v.string()),
  CALLERID_SIGNING_KEYS: v.optional(v.string()),
  CALLERID_METRICS_SECRET_SHA256: v.optional(words),
  CALLERID_TRACES: v.optional(flag, 'false'),
};

const environment = v.object(variables);

/**
 * Reads the settings from the environment. Only variables that begin with `CALLERID_` are looked at; one that is not
 * known is an error, since it would be a setting without effect.
 *
 * @param parts those of the build; one that is left out throws where there is a setting of it
 * @param now milliseconds since the epoch
 * @throws {ConfigurationError}
 */
export function readWebhookSettings(
  env: Readonly<Record<string, unknown>>,
  { readAdmin, readIssuer, readAwsJwtIssuers }: PartReaders,
  now: number = Date.now(),
): Settings {
  const read = v.safeParse(environment, ours(env));
  if (!read.success) {
    const [issue] = read.issues;
    throw new ConfigurationError(String(issue.path?.[0].key), issue.message, 'See docs/configuration.md.');
  }
  const values = read.output;
  const warnings: string[] = [];
  const clusters = readClusters(values, readAwsJwtIssuers, warnings);
  const breakGlass = breakGlassOf(values, clusters, warnings, now);
  const endpoints = readEndpoints(values);
  const ec2 = readEc2Settings(values, endpoints.partition);
  const admin = readAdmin(values, clusters);
  const issuer = readIssuer(values, clusters, admin?.audience);
  return {
    clusters,
    defaultCluster: values.CALLERID_CLUSTER,
    endpoints,
    ...(ec2 && { ec2 }),
    identitySeconds: values.CALLERID_IDENTITY_SECONDS,
    policySeconds: values.CALLERID_POLICY_SECONDS,
    lastGoodSeconds: values.CALLERID_LAST_GOOD_SECONDS,
    stsDeadlineMs: values.CALLERID_STS_DEADLINE_MS,
    clusterLimit: values.CALLERID_CLUSTER_LIMIT,
    callerLimit: values.CALLERID_CALLER_LIMIT,
    stsConcurrency: values.CALLERID_STS_CONCURRENCY,
    maxTokenLength: values.CALLERID_MAX_TOKEN_LENGTH,
    cacheBytes: values.CALLERID_CACHE_MIB * 1024 * 1024,
    breakGlass,
    clientCertificateProxy: values.CALLERID_CLIENT_CERTIFICATE_PROXY,
    admin,
    ...(issuer && { issuer }),
    policyCacheBytes: values.CALLERID_POLICY_CACHE_MIB * 1024 * 1024,
    metricsSecretSha256: values.CALLERID_METRICS_SECRET_SHA256,
    traces: values.CALLERID_TRACES,
    warnings,
  };
}

type Values = v.InferOutput<typeof environment>;

/** Not ended by a variable that came to nothing: then the policy would decide, or one that nobody signed. */
const neverEmpty =
  /^CALLERID_(?:SHADOW_URL|POLICY_(?:KEYS|MIN_VERSION)|SCRUBBED_ACCOUNTS|METRICS_SECRET_SHA256)$/;

/** Our variables as text: wrangler hands numbers, flags and tables on as such. Empty is absent. */
function ours(env: Readonly<Record<string, unknown>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('CALLERID_') || value === undefined) continue;
    if (value === '' && !neverEmpty.test(name)) continue;
    if (!Object.hasOwn(variables, name)) {
      const nearest = suggest(name, Object.keys(variables));
      throw new ConfigurationError(
        name,
        'no such setting',
        nearest ? `Did you mean ${nearest}?` : 'See docs/configuration.md.',
      );
    }
    found[name] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  return found;
}

/** It is loud: as long as it is set, every start says so. */
function breakGlassOf(
  values: Values,
  clusters: readonly ClusterSettings[],
  warnings: string[],
  now: number,
): BreakGlassSettings | undefined {
  if (values.CALLERID_BREAK_GLASS === undefined) return undefined;
  const read = readBreakGlass(values.CALLERID_BREAK_GLASS, now);
  const cluster = read.cluster ?? values.CALLERID_CLUSTER;
  if (!clusters.some(({ id }) => id === cluster)) {
    throw new ConfigurationError(
      'CALLERID_BREAK_GLASS',
      'is for no cluster of this deployment',
      'Set its field cluster to the ID of one.',
    );
  }
  const until = new Date(read.expiresAt).toISOString();
  const state = read.expiresAt > now ? `goes before the policy until ${until}` : `has expired at ${until}`;
  warnings.push(
    `CALLERID_BREAK_GLASS: ${describeRule(read.rule)} ${state}. Remove it when it is not needed.`,
  );
  return { ...read, cluster };
}
