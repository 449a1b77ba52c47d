/**
 * callerid/sign: tokens for services and clusters, for whoever has AWS credentials.
 *
 * @module
 */
export { createFetch, type FetchOptions } from './client/create-fetch.ts';
export { createToken, type TokenOptions } from './client/create-token.ts';
export type { CredentialSource } from './client/credentials.ts';
export type { ClientEndpointOptions } from './client/endpoint.ts';
export type { AwsCredentials } from './token/credentials.ts';
export type { SignedToken } from './token/sign.ts';
export { type BoundRequest, createNonce } from './token/suffix.ts';
