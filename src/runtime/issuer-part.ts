/**
 * What issues JWTs, as a part of the app that a build may leave out.
 *
 * @module
 */
import type { Context, Hono } from 'hono';
import type { PrivateDnsNames } from '../ec2/private-dns-name.ts';
import type { ExchangeRecord } from '../http/issuer/record.ts';
import type { TaskContext } from '../lib/flights.ts';
import type { PolicyReader } from '../policy/reader.ts';
import type { Verifier } from '../verifier/verifier.ts';
import { issuingClusters } from './cluster-settings.ts';
import { issuerUrl } from './issuer-settings.ts';
import { noIssuer } from './left-out.ts';
import type { Settings } from './settings.ts';
import type { Keys } from './signing-keys.ts';
import type { ClusterVerifier } from './verifiers.ts';

/** The issuer of a cluster, but for the keys. */
export interface ClusterIssuer {
  readonly id: string;
  readonly url: string;
  /** The `aud` of its JWTs. */
  readonly audience: string;
  readonly verifier: Verifier;
  readonly policies: PolicyReader;
  readonly privateDnsNames?: PrivateDnsNames | undefined;
}

interface IssuerOptions<I> {
  readonly issuers: readonly I[];
  readonly taskContext: (context: Context) => TaskContext | undefined;
  readonly log: (record: ExchangeRecord) => void;
}

/** Makes the routes of all issuers, which sign with keys that it has. */
export type IssuerPart = (options: IssuerOptions<ClusterIssuer>) => Hono;

/** What makes issuers, and what reads their keys. */
export interface IssuerModule<S, P> {
  readonly createIssuer: (options: IssuerOptions<ClusterIssuer & { readonly keys: Keys<S, P> }>) => Hono;
  /** Throws where the text does not do, and never with a value in it. */
  readonly readSigningKeys: (text: string) => Keys<S, P>;
}

/** Gives all issuers of a deployment the same keys. */
export function issuerWith<K>(
  createIssuer: (options: IssuerOptions<ClusterIssuer & { readonly keys: K }>) => Hono,
  keys: K,
): IssuerPart {
  return ({ issuers, ...options }) =>
    createIssuer({ ...options, issuers: issuers.map((issuer) => ({ ...issuer, keys })) });
}

/**
 * Makes the issuers of the clusters that have one; undefined where none has. They read the policies by the readers of the
 * webhook.
 *
 * @throws {ConfigurationError} where the build leaves them out
 */
export function issuerApp(
  settings: Settings,
  part: IssuerPart | undefined,
  verifierOf: ClusterVerifier,
  policies: ReadonlyMap<string, PolicyReader>,
  shared: Omit<IssuerOptions<ClusterIssuer>, 'issuers'> & Pick<ClusterIssuer, 'privateDnsNames'>,
): Hono | undefined {
  if (settings.issuer === undefined) return undefined;
  if (part === undefined) throw noIssuer('CALLERID_ISSUER');
  const { origin } = settings.issuer;
  const { privateDnsNames, taskContext, log } = shared;
  const issuers = issuingClusters(settings.clusters).flatMap((cluster) => {
    const { id, tokenAudience: audience } = cluster;
    const url = issuerUrl(origin, id);
    const reader = policies.get(id);
    return reader
      ? [{ id, url, audience, verifier: verifierOf(cluster, url), policies: reader, privateDnsNames }]
      : [];
  });
  return part({ issuers, taskContext, log });
}
