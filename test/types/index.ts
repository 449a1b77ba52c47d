/**
 * What the types of `callerid` promise. Compiled by `npm run typecheck`, and by `npm run check:package` against the
 * published types; it never runs.
 */
import {
  CalleridError,
  ConfigurationError,
  createEndpointResolver,
  createVerifier,
  type Identity,
  type JwtRefusalCode,
  reasonOf,
  type StsOutageCode,
  type StsRefusalCode,
  type TokenRefusalCode,
  type Verification,
  type Verifier,
  type VerifierOptions,
} from '../../src/index.ts';

/** Compiles only where both types are the same. */
function same<A, B>(
  _: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false,
): void {}

declare const verification: Verification;
declare const verifier: Verifier;

// a switch over the verdict is exhaustive, and each verdict has its own facts
export function describe(result: Verification): string {
  switch (result.verdict) {
    case 'foreign':
      // @ts-expect-error nothing is known of somebody else's token
      return result.code;
    case 'verified':
      // @ts-expect-error who is verified has no code
      return result.code ?? result.identity.canonicalArn;
    case 'refused':
      // @ts-expect-error who is refused has no identity
      return result.identity ?? `${result.code}: ${reasonOf(result)}`;
    case 'throttled':
      return result.code;
    case 'unavailable':
      return result.code;
  }
}
same<Verification['verdict'], 'foreign' | 'verified' | 'refused' | 'throttled' | 'unavailable'>(true);
same<ReturnType<Verifier['verify']>, Promise<Verification>>(true);

// codes are literals, never just a string
export function codes(token: TokenRefusalCode, refusal: StsRefusalCode, outage: StsOutageCode): void {
  same<string extends TokenRefusalCode ? true : false, false>(true);
  same<string extends StsRefusalCode ? true : false, false>(true);
  same<
    StsOutageCode,
    | 'sts_throttled'
    | 'sts_unreachable'
    | 'sts_timeout'
    | 'sts_failing'
    | 'sts_answer_unexpected'
    | 'sts_circuit_open'
  >(true);
  // @ts-expect-error no such code
  token satisfies 'token_wrong';
  // @ts-expect-error a refusal is no outage
  refusal satisfies StsOutageCode;
  // @ts-expect-error an outage is no refusal
  outage satisfies StsRefusalCode;
}
if (verification.verdict === 'refused') {
  same<
    typeof verification.code,
    Exclude<TokenRefusalCode, 'token_foreign'> | StsRefusalCode | JwtRefusalCode | 'access_key_not_expected'
  >(true);
}

// options
createVerifier({ audience: 'https://orders.example.com' });
createVerifier({ audience: 'https://orders.example.com', identitySeconds: 60, clock: () => 0, fetch });
createVerifier({
  audience: 'https://orders.example.com',
  endpoints: createEndpointResolver({ partition: 'aws-cn' }),
});
// @ts-expect-error no such partition
createEndpointResolver({ partition: 'aws-moon' });
// @ts-expect-error an audience is needed
createVerifier({});
// @ts-expect-error no such option
createVerifier({ audience: 'https://orders.example.com', audiences: [] });
// @ts-expect-error seconds are a number
createVerifier({ audience: 'https://orders.example.com', identitySeconds: '60' });
// @ts-expect-error options are not written to
export const write = (options: VerifierOptions): string => (options.audience = 'x');
verifier.verify(null);
verifier.verify('k8s-aws-v1.…', { verifiedSince: 0 });
// @ts-expect-error no such option
verifier.verify('k8s-aws-v1.…', { now: 0 });

// what is given is read-only
export function identityOf(identity: Identity): string {
  // @ts-expect-error an identity is not changed
  identity.account = '111122223333';
  return identity.canonicalArn;
}

// errors
same<ConstructorParameters<typeof ConfigurationError>, [setting: string, problem: string, fix: string]>(true);
export function settingOf(error: unknown): string | undefined {
  if (error instanceof ConfigurationError) return error.setting;
  return error instanceof CalleridError ? error.code : undefined;
}
