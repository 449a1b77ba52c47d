/**
 * The configuration of a deployment: read from environment variables, checked as a whole, with messages that name the
 * variable and the fix.
 *
 * @module
 */
import * as v from 'valibot';
import { ConfigurationError } from '../errors.ts';
import type { ApiServerAuth } from '../http/api-server.ts';
import { suggest } from '../lib/suggest.ts';
import { describeRule } from '../mapping/rule.ts';
import { isClusterId } from '../policy/record.ts';
import { createEndpointResolver, type EndpointOptions } from '../sts/endpoints.ts';
import { couldBeEksClusterName, isAudience } from '../token/audience.ts';
import { type AdminSettings, fromHex, readAdmin } from './admin-settings.ts';
import { type BreakGlassSettings, readBreakGlass } from './break-glass.ts';
import { type Ec2Settings, ec2Variables, readEc2Settings } from './ec2-settings.ts';

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
  readonly maxTokenLength: number;
  readonly cacheBytes: number;
  readonly breakGlass: BreakGlassSettings | undefined;
  /** Undefined where there is no admin API. */
  readonly admin: AdminSettings | undefined;
  readonly policyCacheBytes: number;
  /** What an operator should know though it works. */
  readonly warnings: readonly string[];
}

export interface ClusterSettings {
  readonly id: string;
  readonly audience: string;
  readonly acknowledgeSharedName: boolean;
  readonly apiServerAuth: ApiServerAuth;
}

const digest = v.pipe(
  v.string('must be text'),
  v.regex(/^[0-9a-f]{64}$/i, 'must be a SHA-256 digest, 64 hexadecimal digits'),
);

const cluster = v.strictObject(
  {
    audience: v.optional(
      v.custom<string>(
        isAudience,
        'must be 1 to 256 printable ASCII characters without outer or doubled spaces',
      ),
    ),
    acknowledgeSharedName: v.optional(v.boolean('must be true or false'), false),
    apiServerSecretSha256: v.optional(
      v.pipe(
        v.array(digest, 'must be a list of SHA-256 digests'),
        v.minLength(1, 'must not be empty'),
        v.maxLength(2, 'may hold two digests at most'),
      ),
    ),
    apiServerAuth: v.optional(v.literal('none', 'may only be none')),
  },
  // The library's own words would repeat the value, and that may be a secret in the wrong place.
  ({ path }) => (path === undefined ? 'must be an object' : 'no such setting'),
);

const flag = v.pipe(
  v.string(),
  v.picklist(['true', 'false'], 'must be true or false'),
  v.transform((text) => text === 'true'),
);
const words = v.pipe(
  v.string(),
  v.transform((text) => text.split(',').map((word) => word.trim())),
);

/** A whole number between two bounds. */
function whole(least: number, most: number): v.GenericSchema<string, number> {
  const message = `must be a whole number from ${least} to ${most}`;
  return v.pipe(
    v.string(),
    v.regex(/^[0-9]{1,9}$/, message),
    v.transform(Number),
    v.minValue(least, message),
    v.maxValue(most, message),
  );
}

const clusterId = v.custom<string>(isClusterId, 'must be letters, digits and . _ -, at most 100');

const variables = {
  CALLERID_CLUSTER: v.optional(clusterId),
  CALLERID_AUDIENCE: v.optional(v.string()),
  CALLERID_ACKNOWLEDGE_SHARED_NAME: v.optional(flag),
  CALLERID_API_SERVER_SECRET_SHA256: v.optional(words),
  CALLERID_API_SERVER_AUTH: v.optional(v.string()),
  CALLERID_CLUSTERS: v.optional(v.pipe(v.string(), v.parseJson(undefined, 'must be a JSON object'))),
  CALLERID_PARTITION: v.optional(v.string()),
  CALLERID_REGIONS: v.optional(words),
  CALLERID_GLOBAL_ENDPOINT: v.optional(flag, 'true'),
  CALLERID_STS_HOSTS: v.optional(words),
  CALLERID_IDENTITY_SECONDS: v.optional(whole(0, 900), '60'),
  CALLERID_POLICY_SECONDS: v.optional(whole(1, 300), '30'),
  CALLERID_LAST_GOOD_SECONDS: v.optional(whole(0, 86_400), '900'),
  CALLERID_STS_DEADLINE_MS: v.optional(whole(100, 20_000), '5000'),
  CALLERID_MAX_TOKEN_LENGTH: v.optional(whole(512, 32_768), '8192'),
  CALLERID_CACHE_MIB: v.optional(whole(0, 64), '16'),
  CALLERID_POLICY_CACHE_MIB: v.optional(whole(1, 64), '16'),
  CALLERID_POLICY: v.optional(v.string()),
  CALLERID_ADMIN_AUDIENCE: v.optional(v.string()),
  CALLERID_ADMIN_GROUP: v.optional(v.string(), 'callerid:admins'),
  CALLERID_ADMIN_SECRET_SHA256: v.optional(words),
  CALLERID_BREAK_GLASS: v.optional(v.pipe(v.string(), v.parseJson(undefined, 'must be a JSON object'))),
  ...ec2Variables,
};

const environment = v.object(variables);

/**
 * Reads the settings from the environment. Only variables that begin with `CALLERID_` are looked at; one that is not
 * known is an error, since it would be a setting without effect.
 *
 * @param now milliseconds since the epoch
 * @throws {ConfigurationError}
 */
export function readSettings(env: Readonly<Record<string, unknown>>, now: number = Date.now()): Settings {
  const read = v.safeParse(environment, ours(env));
  if (!read.success) {
    const [issue] = read.issues;
    throw new ConfigurationError(String(issue.path?.[0].key), issue.message, 'See docs/configuration.md.');
  }
  const values = read.output;
  const warnings: string[] = [];
  const clusters = [...defaultClusterOf(values), ...furtherClusters(values.CALLERID_CLUSTERS)].map((entry) =>
    readCluster(entry, warnings),
  );
  if (clusters.length === 0) {
    throw new ConfigurationError(
      'CALLERID_CLUSTERS',
      'names no cluster',
      'Name one, or set CALLERID_CLUSTER.',
    );
  }
  assertDistinct(clusters);
  const breakGlass = breakGlassOf(values, clusters, warnings, now);
  const endpoints = endpointsOf(values);
  const ec2 = readEc2Settings(values, endpoints.partition);
  return {
    clusters,
    defaultCluster: values.CALLERID_CLUSTER,
    endpoints,
    ...(ec2 && { ec2 }),
    identitySeconds: values.CALLERID_IDENTITY_SECONDS,
    policySeconds: values.CALLERID_POLICY_SECONDS,
    lastGoodSeconds: values.CALLERID_LAST_GOOD_SECONDS,
    stsDeadlineMs: values.CALLERID_STS_DEADLINE_MS,
    maxTokenLength: values.CALLERID_MAX_TOKEN_LENGTH,
    cacheBytes: values.CALLERID_CACHE_MIB * 1024 * 1024,
    breakGlass,
    admin: readAdmin(values, clusters),
    policyCacheBytes: values.CALLERID_POLICY_CACHE_MIB * 1024 * 1024,
    warnings,
  };
}

type Values = v.InferOutput<typeof environment>;

/** Our variables as text: wrangler hands numbers, flags and tables on as such. Empty is absent. */
function ours(env: Readonly<Record<string, unknown>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('CALLERID_') || value === undefined || value === '') continue;
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

/** A cluster as configured, and how its settings are called. */
interface Entry {
  readonly id: string;
  readonly settings: unknown;
  readonly names: (field: string) => string;
}

const ownVariables: Readonly<Record<string, keyof Values>> = {
  audience: 'CALLERID_AUDIENCE',
  acknowledgeSharedName: 'CALLERID_ACKNOWLEDGE_SHARED_NAME',
  apiServerSecretSha256: 'CALLERID_API_SERVER_SECRET_SHA256',
  apiServerAuth: 'CALLERID_API_SERVER_AUTH',
};

function defaultClusterOf(values: Values): Entry[] {
  const fields = Object.entries(ownVariables).map(([field, variable]) => [field, values[variable]] as const);
  const settings = Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  if (values.CALLERID_CLUSTER !== undefined) {
    return [{ id: values.CALLERID_CLUSTER, settings, names: (field) => ownVariables[field] ?? field }];
  }
  const [stray] = Object.keys(settings);
  if (values.CALLERID_CLUSTERS === undefined || stray !== undefined) {
    const why = stray === undefined ? 'not set' : `not set, though ${ownVariables[stray]} is`;
    throw new ConfigurationError(
      'CALLERID_CLUSTER',
      why,
      'Set it to the ID that clients sign, as in `aws eks get-token --cluster-name ID`.',
    );
  }
  return [];
}

function furtherClusters(value: unknown): Entry[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigurationError(
      'CALLERID_CLUSTERS',
      'not an object',
      'Write {"ID": {"apiServerSecretSha256": ["…"]}}.',
    );
  }
  return Object.entries(value).map(([id, settings]) => {
    if (!isClusterId(id))
      throw new ConfigurationError(
        'CALLERID_CLUSTERS',
        'a key is not a cluster ID',
        'Use letters, digits and . _ -.',
      );
    return { id, settings, names: (field) => `CALLERID_CLUSTERS.${id}${field && `.${field}`}` };
  });
}

function readCluster({ id, settings, names }: Entry, warnings: string[]): ClusterSettings {
  const read = v.safeParse(cluster, settings);
  if (!read.success) {
    const [issue] = read.issues;
    const path = issue.path?.map(({ key }) => String(key)) ?? [];
    throw new ConfigurationError(names(path[0] ?? ''), issue.message, 'See docs/configuration.md.');
  }
  const { audience = id, acknowledgeSharedName, apiServerSecretSha256, apiServerAuth } = read.output;
  if ((apiServerSecretSha256 === undefined) === (apiServerAuth === undefined)) {
    throw new ConfigurationError(
      names('apiServerSecretSha256'),
      apiServerAuth === undefined
        ? 'not set, so anybody could ask'
        : `set together with ${names('apiServerAuth')}`,
      apiServerAuth !== undefined
        ? 'Keep one of them.'
        : `Set it to the SHA-256 digest of the bearer secret in the API server's webhook kubeconfig, or set ${names('apiServerAuth')} to none.`,
    );
  }
  if (apiServerAuth === 'none')
    warnings.push(`${names('apiServerAuth')}: anybody who reaches this webhook may ask for reviews.`);
  if (couldBeEksClusterName(audience) && !acknowledgeSharedName) {
    warnings.push(
      `${names('audience')}: an EKS cluster could have this name, and whoever receives a token could replay it there. ` +
        `Use a name with a dot in it, or set ${names('acknowledgeSharedName')}.`,
    );
  }
  return {
    id,
    audience,
    acknowledgeSharedName,
    apiServerAuth: apiServerAuth ?? { secretDigests: (apiServerSecretSha256 ?? []).map(fromHex) },
  };
}

/** Two clusters of one deployment never share an audience: a token for one would be good for the other. */
function assertDistinct(clusters: readonly ClusterSettings[]): void {
  for (const [field, fix] of [
    ['id', 'Name each cluster once: CALLERID_CLUSTER must not appear in CALLERID_CLUSTERS.'],
    ['audience', 'Give each cluster an audience of its own.'],
  ] as const) {
    const values = clusters.map((one) => one[field]);
    const repeated = values.find((value, index) => values.indexOf(value) !== index);
    if (repeated !== undefined)
      throw new ConfigurationError('CALLERID_CLUSTERS', `two clusters have the same ${field}`, fix);
  }
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

const endpointVariables: Readonly<Record<string, string>> = {
  partition: 'CALLERID_PARTITION',
  regions: 'CALLERID_REGIONS',
  hosts: 'CALLERID_STS_HOSTS',
};

function endpointsOf(values: Values): EndpointOptions {
  const hosts = values.CALLERID_STS_HOSTS?.map((pair) => {
    const [host = '', region = '', ...rest] = pair.split('=');
    if (region !== '' && rest.length === 0) return { host, region };
    throw new ConfigurationError(
      'CALLERID_STS_HOSTS',
      'not of the form host=region,…',
      'Name the signing region of each host.',
    );
  });
  const options = {
    ...(values.CALLERID_PARTITION === undefined ? {} : { partition: values.CALLERID_PARTITION }),
    ...(values.CALLERID_REGIONS === undefined ? {} : { regions: values.CALLERID_REGIONS }),
    ...(hosts === undefined ? {} : { hosts }),
    globalEndpoint: values.CALLERID_GLOBAL_ENDPOINT,
  } as EndpointOptions;
  try {
    createEndpointResolver(options);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const name = endpointVariables[/^[a-z]+/.exec(error.setting)?.[0] ?? ''] ?? error.setting;
    throw new ConfigurationError(name, error.problem, error.fix);
  }
  return options;
}
