/**
 * The verifiers of a deployment: each has its share of the memory.
 *
 * @module
 */
import type { AwsJwtIssuer } from '../jwt/aws-issuer.ts';
import { createEndpointResolver } from '../sts/endpoints.ts';
import { CallBudget } from '../verifier/call-budget.ts';
import type { StsGate } from '../verifier/gate.ts';
import type { JwtVerifier } from '../verifier/jwt-verifier.ts';
import { createVerifier, type Verifier } from '../verifier/verifier.ts';
import { type ClusterSettings, issuingClusters } from './cluster-settings.ts';
import type { GatesOf } from './sts-gates.ts';
import type { Settings } from './webhook-settings.ts';

/** Makes the verifier of a cluster for an audience: its own, or the URL of its issuer. */
export type ClusterVerifier = (cluster: ClusterSettings, audience: string) => Verifier;

/** An API server asks about one token again and again, as long as there is no verdict. */
const stsCallsPerToken = 2;

/**
 * Makes what makes the verifiers of clusters.
 *
 * @param gatesOf what their questions to STS have to pass
 * @param jwtsOf what reads the JWTs of some issuers; without it none are taken
 */
export function clusterVerifiers(
  settings: Settings,
  gatesOf: GatesOf,
  jwtsOf?: (issuers: readonly AwsJwtIssuer[]) => JwtVerifier,
): ClusterVerifier {
  const shares = settings.clusters.length + issuingClusters(settings.clusters).length;
  return ({ awsJwtIssuers = [] }, audience) =>
    createVerifier({
      ...verifierOptions(settings, gatesOf(audience)),
      audience,
      cacheBytes: Math.floor(settings.cacheBytes / shares),
      callBudget: new CallBudget(stsCallsPerToken),
      jwts: jwtsOf === undefined || awsJwtIssuers.length === 0 ? [] : [jwtsOf(awsJwtIssuers)],
    });
}

/** Makes the verifier of administrators, which takes no JWTs. */
export function adminVerifier(
  settings: Settings,
  gatesOf: GatesOf,
  audience: string,
  cacheBytes: number,
): Verifier {
  return createVerifier({ ...verifierOptions(settings, gatesOf(audience)), audience, cacheBytes });
}

function verifierOptions(settings: Settings, gates: readonly StsGate[]) {
  return {
    gates,
    endpoints: createEndpointResolver(settings.endpoints),
    acknowledgeSharedName: true, // the settings have warned, or refused it
    identitySeconds: settings.identitySeconds,
    stsDeadlineMs: settings.stsDeadlineMs,
    maxTokenLength: settings.maxTokenLength,
  };
}
