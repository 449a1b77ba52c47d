/**
 * A reader of JWTs that reads none: what a verifier makes of one is tested with it.
 */
import type { Identity } from '../../src/identity/identity.ts';
import type { JwtQuestion, JwtVerifier } from '../../src/verifier/jwt-verifier.ts';
import type { Verification } from '../../src/verifier/verification.ts';

export const issuer = 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws';

export const worker: Identity = {
  proof: 'aws-jwt',
  arn: 'arn:aws:iam::111122223333:role/app/Admin',
  canonicalArn: 'arn:aws:iam::111122223333:role/Admin',
  type: 'assumed-role',
  partition: 'aws',
  account: '111122223333',
  roleName: 'Admin',
  sourceIdentity: 'alice',
};

export const facts = { issuer, id: 'jti-1' };

/** Takes `jwt:ISSUED` for one that was issued at ISSUED, in milliseconds since the epoch; keeps what it was asked. */
export function fakeJwts(
  outcome: (question: JwtQuestion, issuedAt: number) => Verification = verified,
): JwtVerifier & { readonly asked: JwtQuestion[] } {
  const asked: JwtQuestion[] = [];
  return {
    asked,
    isOurs: (token) => token.startsWith('jwt:'),
    async verify(token, question) {
      asked.push(question);
      return outcome(question, Number(token.slice(4))) as Exclude<Verification, { verdict: 'foreign' }>;
    },
  };
}

function verified({ verifiedSince = 0 }: JwtQuestion, issuedAt: number): Verification {
  if (issuedAt < verifiedSince) return { verdict: 'refused', code: 'jwt_too_old', jwt: { issuer } };
  const expiresAt = issuedAt + 300_000;
  return {
    verdict: 'verified',
    identity: worker,
    verifiedAt: issuedAt,
    expiresAt,
    cached: false,
    jwt: facts,
  };
}
