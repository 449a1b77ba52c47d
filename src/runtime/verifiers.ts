/**
 * The verifiers of a deployment: each has its share of the memory.
 *
 * @module
 */
import type { AwsJwtIssuer } from '../jwt/aws-issuer.ts';
import { createEndpointResolver } from '../sts/endpoints.ts';
import { CallBudget } from '../verifier/call-budget.ts';
import type { JwtVerifier } from '../verifier/jwt-verifier.ts';
import type { VerifierOptions } from '../verifier/options.ts';
import { createVerifier, type Verifier } from '../verifier/verifier.ts';
import { type ClusterSettings, issuingClusters } from './cluster-settings.ts';
import type { GatesOf } from './sts-gates.ts';
import type { Settings } from './webhook-settings.ts';

/** Makes the verifier of a cluster for an audience: its own, or the URL of its issuer. */
export type ClusterVerifier = (cluster: ClusterSettings, audience: string) => Verifier;

/** How STS is called, and who is told; by default as anybody calls it, and nobody. */
export type StsCalls = Pick<VerifierOptions, 'fetch' | 'onStsCall'>;

/** The same, and what each question has to pass before. */
export interface Sts extends StsCalls {
  readonly gatesOf: GatesOf;
}

/** An API server asks about one token again and again, as long as there is no verdict. */
const stsCallsPerToken = 2;

/**
 * Makes what makes the verifiers of clusters.
 *
 * @param sts how STS is called
 * @param jwtsOf what reads the JWTs of some issuers; without it none are taken
 */
export function clusterVerifiers(
  settings: Settings,
  sts: Sts,
  jwtsOf?: (issuers: readonly AwsJwtIssuer[]) => JwtVerifier,
): ClusterVerifier {
  const shares = settings.clusters.length + issuingClusters(settings.clusters).length;
  return ({ awsJwtIssuers = [] }, audience) =>
    createVerifier({
      ...verifierOptions(settings, sts, audience),
      cacheBytes: Math.floor(settings.cacheBytes / shares),
      callBudget: new CallBudget(stsCallsPerToken),
      jwts: jwtsOf === undefined || awsJwtIssuers.length === 0 ? [] : [jwtsOf(awsJwtIssuers)],
    });
}

/** Makes the verifier of administrators, which takes no JWTs. */
export function adminVerifier(settings: Settings, sts: Sts, audience: string, cacheBytes: number): Verifier {
  return createVerifier({ ...verifierOptions(settings, sts, audience), cacheBytes });
}

function verifierOptions(settings: Settings, { gatesOf, ...calls }: Sts, audience: string) {
  return {
    ...calls,
    audience,
    gates: gatesOf(audience),
    endpoints: createEndpointResolver(settings.endpoints),
    acknowledgeSharedName: true, // the settings have warned, or refused it
    identitySeconds: settings.identitySeconds,
    stsDeadlineMs: settings.stsDeadlineMs,
    maxTokenLength: settings.maxTokenLength,
  };
}
