/**
 * JWTs that AWS issues (`sts:GetWebIdentityToken`), from issuers that are named one by one.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { isAccount } from '../identity/arn.ts';
import { assertKnownOptions, assertNumber } from '../lib/options.ts';
import type { JwtVerifier } from '../verifier/jwt-verifier.ts';
import { readAwsClaims } from './aws-claims.ts';
import {
  type AwsJwtIssuer,
  awsJwtAlgorithms as algorithms,
  awsIssuerDomain as domain,
  isAwsIssuer,
} from './aws-issuer.ts';
import { jwtVerifier } from './jwt-verifier.ts';
import { PublishedKeys } from './key-set.ts';
import type { TrustedIssuer } from './verify-jwt.ts';

/** Options of {@link awsJwts}. */
export interface AwsJwtOptions {
  /** Whose JWTs are taken. Any account can have AWS sign JWTs, so each issuer is named. */
  readonly issuers: readonly AwsJwtIssuer[];
  /** Longest JWT, in characters. Default 8192, at most 65536. */
  readonly maxTokenLength?: number;
  /** Fetches the keys of issuers. Default the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/**
 * Takes JWTs that AWS issues for roles and users of some accounts. Their keys are fetched from the issuer, held, refreshed
 * every 10 minutes, and kept through an outage for 24 hours: who has them asks nobody.
 *
 * @throws {ConfigurationError} where an option cannot work
 * @example
 * ```ts
 * const jwts = awsJwts({
 *   issuers: [
 *     { issuer: 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws', account: '111122223333' },
 *   ],
 * });
 * const verifier = createVerifier({ audience: 'https://orders.example.com', jwts: [jwts] });
 * ```
 */
export function awsJwts(options: AwsJwtOptions): JwtVerifier {
  assertKnownOptions(options, 'issuers maxTokenLength fetch clock');
  const { issuers, maxTokenLength = 8192, clock = Date.now, fetch } = options;
  assertNumber('maxTokenLength', maxTokenLength, 1, 64 * 1024);
  checkIssuers(issuers);
  const trusted = issuers.map(({ issuer, account, algorithms: taken = algorithms }): TrustedIssuer => {
    const source = {
      issuer,
      algorithms: [...taken],
      fetch: fetch ?? ((...call) => globalThis.fetch(...call)),
    };
    return {
      issuer,
      algorithms: source.algorithms,
      keys: new PublishedKeys(source, clock),
      takesList: true,
      vouchedAt: (_, { issuedAt }) => issuedAt,
      readCaller: (payload) => readAwsClaims(payload, issuer, account),
    };
  });
  return jwtVerifier(trusted, { marker: domain, maxLength: maxTokenLength, clock });
}

function checkIssuers(issuers: readonly AwsJwtIssuer[]): void {
  if (!Array.isArray(issuers) || issuers.length === 0) {
    throw new ConfigurationError('issuers', 'nobody is in it', 'List the issuers of your accounts.');
  }
  for (const [index, one] of issuers.entries()) checkIssuer(one, `issuers[${index}]`);
  for (const name of ['issuer', 'account'] as const) {
    const values = issuers.map((one) => one[name]);
    const again = values.findIndex((value, index) => values.indexOf(value) < index);
    if (again >= 0) {
      const fix = 'An account has one issuer, and an issuer one account.';
      throw new ConfigurationError(`issuers[${again}].${name}`, 'listed before', fix);
    }
  }
}

function checkIssuer(one: AwsJwtIssuer, where: string): void {
  assertKnownOptions(one, 'issuer account algorithms');
  const { issuer, account, algorithms: taken = algorithms } = one;
  if (!isAwsIssuer(issuer)) {
    const fix = `Write it as AWS does: https://UUID${domain}, and no slash at the end.`;
    throw new ConfigurationError(`${where}.issuer`, 'not the URL of an issuer of AWS', fix);
  }
  if (!isAccount(account)) {
    throw new ConfigurationError(`${where}.account`, 'not an account number', 'Use a string of 12 digits.');
  }
  const isKnown = Array.isArray(taken) && taken.every((algorithm) => algorithms.includes(algorithm));
  if (!isKnown || taken.length === 0) {
    const fix = `Use ${algorithms.join(', ')} or both.`;
    throw new ConfigurationError(`${where}.algorithms`, 'not what AWS signs with', fix);
  }
}
