/**
 * The settings of the clusters of a deployment.
 *
 * @module
 */
import * as v from 'valibot';
import { ConfigurationError } from '../errors/classes.ts';
import type { ApiServerAuth } from '../http/api-server.ts';
import type { AwsJwtIssuer } from '../jwt/aws-issuer.ts';
import { isClusterId } from '../policy/record.ts';
import type { PolicyTrust } from '../policy/trust.ts';
import { couldBeEksClusterName, isAudience, isVerifierAudience } from '../token/audience.ts';
import { apiServerFields, assertOwnCredentials, readApiServerAuth } from './api-server-settings.ts';
import { policyTrustFields, policyTrustVariables, readPolicyTrust } from './policy-trust-settings.ts';
import { type ShadowSettings, shadowField, shadowVariable } from './shadow-settings.ts';
import { flag, words } from './values.ts';

/** A cluster that is served, checked. */
export interface ClusterSettings {
  readonly id: string;
  readonly audience: string;
  readonly acknowledgeSharedName: boolean;
  readonly apiServerAuth: ApiServerAuth;
  /** Undefined where policies need not be signed. */
  readonly trust?: PolicyTrust | undefined;
  /** Undefined where the policy decides. */
  readonly shadow?: ShadowSettings | undefined;
  /** Whose JWTs are taken; undefined where none are. */
  readonly awsJwtIssuers?: readonly AwsJwtIssuer[] | undefined;
  /** The `aud` of the JWTs that it issues; undefined where it issues none. */
  readonly tokenAudience?: string | undefined;
  /** Accounts whose principals neither answers nor logs name; undefined where there are none. */
  readonly scrubbedAccounts?: ReadonlySet<string> | undefined;
}

/** One that issues JWTs. */
export type IssuingCluster = ClusterSettings & { readonly tokenAudience: string };

/** The clusters that issue JWTs. */
export function issuingClusters(clusters: readonly ClusterSettings[]): readonly IssuingCluster[] {
  return clusters.filter((cluster): cluster is IssuingCluster => cluster.tokenAudience !== undefined);
}

/**
 * Reads the issuers of JWTs that a cluster takes.
 *
 * @param setting that errors name
 * @throws {ConfigurationError} never with a value in it
 */
export type ReadAwsJwtIssuers = (value: unknown, setting: string) => readonly AwsJwtIssuer[];

const eachAccount = 'must be account IDs of 12 digits each';

const cluster = v.strictObject(
  {
    audience: v.optional(
      v.custom<string>(
        isVerifierAudience,
        'must be 1 to 256 printable ASCII characters without outer or doubled spaces, and without #',
      ),
    ),
    acknowledgeSharedName: v.optional(v.boolean('must be true or false'), false),
    ...apiServerFields,
    ...policyTrustFields,
    shadow: v.optional(shadowField),
    awsJwtIssuers: v.optional(v.unknown()),
    scrubbedAccounts: v.optional(v.array(v.pipe(v.string(), v.regex(/^\d{12}$/, eachAccount)), eachAccount)),
    tokenAudience: v.optional(
      v.custom<string>(
        isAudience,
        'must be 1 to 256 printable ASCII characters without outer or doubled spaces',
      ),
    ),
  },
  // The library's own words would repeat the value, and that may be a secret in the wrong place.
  ({ path }) => (path === undefined ? 'must be an object' : 'no such setting'),
);

/** Their variables. */
export const clusterVariables = {
  CALLERID_CLUSTER: v.optional(
    v.custom<string>(isClusterId, 'must be letters, digits and . _ -, at most 100'),
  ),
  CALLERID_AUDIENCE: v.optional(v.string()),
  CALLERID_ACKNOWLEDGE_SHARED_NAME: v.optional(flag),
  CALLERID_API_SERVER_SECRET_SHA256: v.optional(words),
  CALLERID_API_SERVER_CERTIFICATE_SHA256: v.optional(words),
  CALLERID_API_SERVER_AUTH: v.optional(v.string()),
  ...policyTrustVariables,
  CALLERID_SHADOW_URL: v.optional(shadowVariable),
  CALLERID_AWS_JWT_ISSUERS: v.optional(v.pipe(v.string(), v.parseJson(undefined, 'must be a JSON list'))),
  CALLERID_TOKEN_AUDIENCE: v.optional(v.string()),
  CALLERID_SCRUBBED_ACCOUNTS: v.optional(words),
  CALLERID_CLUSTERS: v.optional(v.pipe(v.string(), v.parseJson(undefined, 'must be a JSON object'))),
};

/** The variables, read. */
export type ClusterValues = v.InferOutput<v.ObjectSchema<typeof clusterVariables, undefined>>;

/**
 * Reads the clusters. What an operator should know of them is added to `warnings`.
 *
 * @throws {ConfigurationError}
 */
export function readClusters(
  values: ClusterValues,
  readAwsJwtIssuers: ReadAwsJwtIssuers,
  warnings: string[],
): readonly ClusterSettings[] {
  const clusters = [...defaultClusterOf(values), ...furtherClusters(values.CALLERID_CLUSTERS)].map((entry) =>
    readCluster(entry, readAwsJwtIssuers, warnings),
  );
  if (clusters.length === 0) {
    throw new ConfigurationError(
      'CALLERID_CLUSTERS',
      'names no cluster',
      'Name one, or set CALLERID_CLUSTER.',
    );
  }
  assertDistinct(clusters);
  assertOwnCredentials(clusters.map(({ apiServerAuth }) => apiServerAuth));
  const open = clusters.filter(({ trust }) => trust === undefined).map(({ id }) => id);
  if (open.length > 0 && open.length < clusters.length) {
    warnings.push(
      `policyKeys: set for other clusters and not for ${open.join(', ')}: whoever can write the store decides there.`,
    );
  }
  return clusters;
}

/** A cluster as configured, and how its settings are called. */
interface Entry {
  readonly id: string;
  readonly settings: unknown;
  readonly names: (field: string) => string;
}

const ownVariables: Readonly<Record<string, keyof ClusterValues>> = {
  audience: 'CALLERID_AUDIENCE',
  acknowledgeSharedName: 'CALLERID_ACKNOWLEDGE_SHARED_NAME',
  apiServerSecretSha256: 'CALLERID_API_SERVER_SECRET_SHA256',
  apiServerCertificateSha256: 'CALLERID_API_SERVER_CERTIFICATE_SHA256',
  apiServerAuth: 'CALLERID_API_SERVER_AUTH',
  policyKeys: 'CALLERID_POLICY_KEYS',
  minPolicyVersion: 'CALLERID_POLICY_MIN_VERSION',
  shadow: 'CALLERID_SHADOW_URL',
  awsJwtIssuers: 'CALLERID_AWS_JWT_ISSUERS',
  tokenAudience: 'CALLERID_TOKEN_AUDIENCE',
  scrubbedAccounts: 'CALLERID_SCRUBBED_ACCOUNTS',
};

function defaultClusterOf(values: ClusterValues): Entry[] {
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

function readCluster(
  { id, settings, names }: Entry,
  readAwsJwtIssuers: ReadAwsJwtIssuers,
  warnings: string[],
): ClusterSettings {
  const read = v.safeParse(cluster, settings);
  if (!read.success) {
    const [issue] = read.issues;
    const path = issue.path?.map(({ key }) => String(key)) ?? [];
    throw new ConfigurationError(names(path[0] ?? ''), issue.message, 'See docs/configuration.md.');
  }
  const {
    audience = id,
    acknowledgeSharedName,
    policyKeys,
    minPolicyVersion,
    shadow,
    awsJwtIssuers: issuers,
    tokenAudience,
    scrubbedAccounts: scrubbed,
    ...apiServer
  } = read.output;
  const awsJwtIssuers =
    issuers === undefined ? undefined : readAwsJwtIssuers(issuers, names('awsJwtIssuers'));
  const apiServerAuth = readApiServerAuth(apiServer, names, warnings);
  const trust = readPolicyTrust(policyKeys, minPolicyVersion, names);
  if (couldBeEksClusterName(audience) && !acknowledgeSharedName) {
    warnings.push(
      `${names('audience')}: an EKS cluster could have this name, and whoever receives a token could replay it there. ` +
        `Use a name with a dot in it, or set ${names('acknowledgeSharedName')}.`,
    );
  }
  if (shadow !== undefined) {
    warnings.push(
      `${names('shadow')}: shadow mode: another authenticator decides for ${id}, not the policy here, nor break glass.`,
    );
  }
  const scrubbedAccounts = scrubbed && new Set(scrubbed);
  return {
    id,
    audience,
    acknowledgeSharedName,
    apiServerAuth,
    trust,
    shadow,
    awsJwtIssuers,
    tokenAudience,
    scrubbedAccounts,
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
