/**
 * @module
 */

/** The algorithms of an issuer: API servers on `--oidc-issuer-url`, and EKS, take the first alone. */
export const signingAlgorithms = ['RS256', 'ES256'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];
