/**
 * The settings by which clusters issue JWTs. Without any of them none does.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { isLoopback } from '../lib/loopback.ts';
import { isOrigin } from '../lib/origin.ts';
import { isVerifierAudience } from '../token/audience.ts';
import { type ClusterSettings, type IssuingCluster, issuingClusters } from './cluster-settings.ts';

/** What all issuers of a deployment have in common. */
export interface IssuerSettings {
  /** `https://callerid.example.com` */
  readonly origin: string;
  /** The keys by which it signs, a secret; or `file:PATH`, where a runtime has files. */
  readonly signingKeys: string;
}

/** Their variables, as text; that of an audience is a cluster's. */
export interface IssuerValues {
  readonly CALLERID_ISSUER?: string | undefined;
  readonly CALLERID_SIGNING_KEYS?: string | undefined;
}

/** The URL of a cluster's issuer: its `iss`, and what clients sign to get a JWT of it. */
export function issuerUrl(origin: string, cluster: string): string {
  return `${origin}/clusters/${cluster}`;
}

/**
 * Reads them.
 *
 * @param adminAudience which is none of an issuer
 * @throws {ConfigurationError} never with a value in it
 */
export function readIssuer(
  values: IssuerValues,
  clusters: readonly ClusterSettings[],
  adminAudience: string | undefined,
): IssuerSettings | undefined {
  const { CALLERID_ISSUER: origin, CALLERID_SIGNING_KEYS: signingKeys } = values;
  const issuing = issuingClusters(clusters);
  if (origin === undefined && signingKeys === undefined && issuing.length === 0) return undefined;
  if (origin === undefined) {
    throw new ConfigurationError(
      'CALLERID_ISSUER',
      `not set, though ${signingKeys === undefined ? 'a cluster has a tokenAudience' : 'CALLERID_SIGNING_KEYS is'}`,
      'Set it to the origin of this deployment, such as https://callerid.example.com.',
    );
  }
  assertIssuerOrigin(origin);
  if (issuing.length === 0) {
    throw new ConfigurationError(
      'CALLERID_TOKEN_AUDIENCE',
      'not set, though CALLERID_ISSUER is',
      'Set it, or tokenAudience of a cluster in CALLERID_CLUSTERS, to the aud that its API server expects.',
    );
  }
  if (signingKeys === undefined) {
    throw new ConfigurationError(
      'CALLERID_SIGNING_KEYS',
      'not set, though CALLERID_ISSUER is',
      'Make keys with callerid keys create.',
    );
  }
  const urls = issuing.map(({ id }) => issuerUrl(origin, id));
  assertOwnAudiences(urls, clusters, adminAudience);
  assertTokenAudiences(urls, issuing);
  return { origin, signingKeys };
}

function assertIssuerOrigin(origin: string): void {
  const problem = !isOrigin(origin)
    ? 'not an origin in lower case, without a path'
    : origin.startsWith('http:') && !isLoopback(new URL(origin).hostname)
      ? 'plain HTTP beyond this machine, where anybody could answer with keys'
      : undefined;
  if (problem === undefined) return;
  throw new ConfigurationError('CALLERID_ISSUER', problem, 'Write https://callerid.example.com.');
}

/** What is signed for an issuer is good there alone, and what is signed for anything else is not good there. */
function assertOwnAudiences(
  urls: readonly string[],
  clusters: readonly ClusterSettings[],
  adminAudience: string | undefined,
): void {
  if (!urls.every(isVerifierAudience)) {
    throw new ConfigurationError(
      'CALLERID_ISSUER',
      'too long: with /clusters/ID it has more than 256 characters',
      'Use a shorter name, or shorter IDs of clusters.',
    );
  }
  // Neither has a # in it, behind which a token is bound.
  if (clusters.some(({ audience }) => urls.includes(audience))) {
    throw new ConfigurationError(
      'CALLERID_AUDIENCE',
      'the audience of a cluster is the URL of an issuer, where its API server could exchange the tokens of its users',
      'Give the cluster another audience.',
    );
  }
  if (adminAudience !== undefined && urls.includes(adminAudience)) {
    throw new ConfigurationError(
      'CALLERID_ADMIN_AUDIENCE',
      'the URL of an issuer, where tokens of users are sent',
      'Set it to another URL, such as that of this deployment with /admin.',
    );
  }
}

function assertTokenAudiences(urls: readonly string[], issuing: readonly IssuingCluster[]): void {
  const audiences = issuing.map(({ tokenAudience }) => tokenAudience);
  const problem =
    new Set(audiences).size < audiences.length
      ? 'two clusters have the same tokenAudience'
      : audiences.some((audience) => urls.includes(audience))
        ? 'the tokenAudience of a cluster is the URL of an issuer, which takes no JWT of its own'
        : issuing.some(({ shadow }) => shadow !== undefined)
          ? 'a cluster in shadow mode has a tokenAudience, though its policy decides nothing'
          : undefined;
  if (problem === undefined) return;
  throw new ConfigurationError(
    'CALLERID_TOKEN_AUDIENCE',
    problem,
    'Give each cluster that issues a tokenAudience of its own, and none to one in shadow mode.',
  );
}
