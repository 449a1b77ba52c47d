/**
 * What an issuer says of itself (OpenID Connect Discovery 1.0, sections 3 and 4), and its keys.
 *
 * @module
 */
import { claimNamesOf } from '../../oidc/claims.ts';
import type { SigningKeys } from '../../oidc/signing-keys.ts';
import { jsonAnswer } from '../json-answer.ts';
import { exchangeGrant } from './request.ts';

/** How long anybody may hold them, in seconds. A new key is published longer than that before it signs. */
const documentSeconds = 300;

/** The discovery document. */
export function configurationOf(url: string, keys: Pick<SigningKeys, 'publicKeys'>): object {
  const algorithms = keys.publicKeys().keys.map(({ alg }) => alg);
  return {
    issuer: url,
    jwks_uri: `${url}/.well-known/jwks.json`,
    token_endpoint: `${url}/token`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(algorithms)],
    grant_types_supported: [exchangeGrant],
    token_endpoint_auth_methods_supported: ['none'],
    claims_supported: claimNamesOf(url),
  };
}

/** A document that everybody may hold. */
export function documentAnswer(document: object): Response {
  const headers = { 'cache-control': `public, max-age=${documentSeconds}` };
  return jsonAnswer(200, document, crypto.randomUUID(), headers);
}
