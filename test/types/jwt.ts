/** What the types of `callerid/jwt` promise. */
import { createVerifier } from '../../src/index.ts';
import { awsJwts, issuedTokens, type JwtVerifier } from '../../src/jwt.ts';

const issuer = 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws';
const jwts: JwtVerifier[] = [
  awsJwts({ issuers: [{ issuer, account: '111122223333', algorithms: ['ES384'] }] }),
  issuedTokens({ issuer: 'https://callerid.example.com/clusters/orders', keys: { keys: [] } }),
];
createVerifier({ audience: 'https://orders.example.com', jwts });

// @ts-expect-error whose issuers?
awsJwts({});
// @ts-expect-error an issuer has an account
awsJwts({ issuers: [{ issuer }] });
// @ts-expect-error AWS signs with no such algorithm
awsJwts({ issuers: [{ issuer, account: '111122223333', algorithms: ['HS256'] }] });
// @ts-expect-error which issuer?
issuedTokens({});
