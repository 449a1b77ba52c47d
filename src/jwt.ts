/**
 * JWTs for a verifier or a guard: those that AWS issues, and those that callerid issued.
 *
 * @example
 * ```ts
 * import { createGuard } from 'callerid';
 * import { awsJwts } from 'callerid/jwt';
 *
 * const issuer = 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws';
 * const guard = createGuard({
 *   audience: 'https://orders.example.com',
 *   jwts: [awsJwts({ issuers: [{ issuer, account: '111122223333' }] })],
 *   allow: { accounts: ['111122223333'] },
 * });
 * ```
 *
 * @module
 */
export type { AwsJwtAlgorithm, AwsJwtIssuer } from './jwt/aws-issuer.ts';
export { type AwsJwtOptions, awsJwts } from './jwt/aws-jwts.ts';
export { type IssuedTokenOptions, issuedTokens, type JwkSet } from './jwt/issued-tokens.ts';
export type { JwtQuestion, JwtVerifier } from './verifier/jwt-verifier.ts';
