/**
 * The verifiers of a deployment: each has its share of the memory, and those that take JWTs share the keys of issuers.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import type { AwsJwtIssuer } from '../jwt/aws-issuer.ts';
import { createEndpointResolver } from '../sts/endpoints.ts';
import { CallBudget } from '../verifier/call-budget.ts';
import type { JwtVerifier } from '../verifier/jwt-verifier.ts';
import { createVerifier, type Verifier } from '../verifier/verifier.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import { issuingClusters } from './issuer-settings.ts';
import type { Settings } from './settings.ts';

/** Makes a verifier of the JWTs of some issuers. */
export type CreateJwts = (options: {
  readonly issuers: readonly AwsJwtIssuer[];
  readonly maxTokenLength: number;
}) => JwtVerifier;

/** Makes the verifier of a cluster for an audience: its own, or the URL of its issuer. */
export type ClusterVerifier = (cluster: ClusterSettings, audience: string) => Verifier;

/** An API server asks about one token again and again, as long as there is no verdict. */
const stsCallsPerToken = 2;

/**
 * Makes what makes the verifiers of clusters.
 *
 * @throws {ConfigurationError} where JWTs are to be taken and `createJwts` is left out
 */
export function clusterVerifiers(settings: Settings, createJwts: CreateJwts | undefined): ClusterVerifier {
  const shares = settings.clusters.length + issuingClusters(settings.clusters).length;
  const jwtsOf = jwtVerifiers(createJwts, settings.maxTokenLength);
  return ({ awsJwtIssuers = [] }, audience) =>
    createVerifier({
      ...verifierOptions(settings),
      audience,
      cacheBytes: Math.floor(settings.cacheBytes / shares),
      callBudget: new CallBudget(stsCallsPerToken),
      jwts: awsJwtIssuers.length === 0 ? [] : [jwtsOf(awsJwtIssuers)],
    });
}

/** Makes the verifier of administrators, which takes no JWTs. */
export function adminVerifier(settings: Settings, audience: string, cacheBytes: number): Verifier {
  return createVerifier({ ...verifierOptions(settings), audience, cacheBytes });
}

/** One for all issuers of a cluster, so that a token is looked at once; clusters that take the same share it, and the keys. */
function jwtVerifiers(
  createJwts: CreateJwts | undefined,
  maxTokenLength: number,
): (issuers: readonly AwsJwtIssuer[]) => JwtVerifier {
  const made = new Map<string, JwtVerifier>();
  return (issuers) => {
    if (createJwts === undefined) {
      throw new ConfigurationError(
        'CALLERID_AWS_JWT_ISSUERS',
        'this build takes no JWTs',
        'Deploy src/runtime/cloudflare.ts; or remove the settings of JWTs.',
      );
    }
    const name = JSON.stringify(issuers);
    const one = made.get(name) ?? createJwts({ issuers, maxTokenLength });
    made.set(name, one);
    return one;
  };
}

function verifierOptions(settings: Settings) {
  return {
    endpoints: createEndpointResolver(settings.endpoints),
    acknowledgeSharedName: true, // the settings have warned, or refused it
    identitySeconds: settings.identitySeconds,
    stsDeadlineMs: settings.stsDeadlineMs,
    maxTokenLength: settings.maxTokenLength,
  };
}
