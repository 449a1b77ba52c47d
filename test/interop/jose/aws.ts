/**
 * What somebody else signs as the issuer of an AWS account, verified by callerid.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type { JWTPayload } from 'jose';
import { createVerifier } from '../../../src/index.ts';
import { awsJwts } from '../../../src/jwt.ts';
import { altered } from '../issuer/forge.ts';
import type { Check } from '../suite.ts';
import type { Peer, Signed } from './peers.ts';

const account = '111122223333';
const issuer = 'https://1f2e3d4c-5b6a-4798-8897-a6b5c4d3e2f1.tokens.sts.global.api.aws';
const audience = 'https://orders.example.com';
const role = `arn:aws:iam::${account}:role/Orders`;

function claims(own: JWTPayload = {}): JWTPayload {
  const iat = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    sub: role,
    aud: audience,
    iat,
    exp: iat + 300,
    jti: crypto.randomUUID(),
    'https://sts.amazonaws.com/': {
      aws_account: account,
      source_region: 'eu-west-1',
      org_id: 'o-abcdefghij',
      principal_tags: { team: 'orders' },
    },
    ...own,
  };
}

export async function signedChecks(check: Check, peer: Peer): Promise<void> {
  for (const algorithm of ['RS256', 'ES384'] as const) {
    const other = algorithm === 'RS256' ? 'ES384' : 'RS256';
    const signed = await peer.sign({
      algorithm,
      keyId: 'interop',
      claims: [claims(), claims({ aud: 'https://shop.example.com' }), claims({ exp: 1_700_000_000 })],
    });
    const [good = '', misdirected = '', ended = ''] = signed.tokens;
    const verifier = verifierOf(signed, algorithm);

    await check(`callerid takes a JWT of AWS that ${peer.name} signs by ${algorithm}`, async () => {
      const verified = await verifier.verify(good);
      assert.equal(verified.verdict, 'verified', JSON.stringify(verified));
      const { canonicalArn, account: ofWhom, proof, orgId, principalTags } = verified.identity;
      assert.deepEqual([canonicalArn, ofWhom, proof, orgId], [role, account, 'aws-jwt', 'o-abcdefghij']);
      assert.deepEqual({ ...principalTags }, { team: 'orders' });
    });
    const refused: Readonly<Record<string, readonly [token: string, code: string]>> = {
      'for somebody else': [altered(good, { sub: `arn:aws:iam::${account}:role/Admin` }), 'jwt_signature'],
      'for another audience': [misdirected, 'jwt_audience'],
      'that has ended': [ended, 'jwt_expired'],
    };
    for (const [what, [token, code]] of Object.entries(refused)) {
      await check(`callerid refuses one ${what}, by ${algorithm} of ${peer.name}`, async () => {
        await isRefused(verifier, token, code);
      });
    }
    await check(`callerid refuses ${algorithm} of ${peer.name} where ${other} alone is taken`, async () => {
      await isRefused(verifierOf(signed, other), good, 'jwt_algorithm');
    });
  }
}

function verifierOf({ keys }: Signed, algorithm: 'RS256' | 'ES384') {
  const documents: Readonly<Record<string, object>> = {
    '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/.well-known/jwks.json` },
    '/.well-known/jwks.json': keys,
  };
  const jwts = awsJwts({
    issuers: [{ issuer, account, algorithms: [algorithm] }],
    fetch: async (url) => Response.json(documents[new URL(String(url)).pathname]),
  });
  return createVerifier({ audience, jwts: [jwts] });
}

async function isRefused(
  verifier: ReturnType<typeof verifierOf>,
  token: string,
  code: string,
): Promise<void> {
  const verified = await verifier.verify(token);
  assert.equal(verified.verdict, 'refused', JSON.stringify(verified));
  assert.equal(verified.code, code);
}
