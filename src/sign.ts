/**
 * Tokens for services and clusters, for whoever has AWS credentials. Signed by Web Crypto alone; nothing is sent to AWS.
 *
 * @example
 * ```ts
 * import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
 * import { createFetch } from 'callerid/sign';
 *
 * const fetchOrders = createFetch({
 *   credentials: fromNodeProviderChain(),
 *   audience: 'https://orders.example.com',
 *   region: 'eu-west-1',
 * });
 * const response = await fetchOrders('https://orders.example.com/orders');
 * ```
 *
 * @module
 */
export { createFetch, type FetchOptions } from './client/create-fetch.ts';
export { createToken, type TokenOptions } from './client/create-token.ts';
export type { CredentialSource } from './client/credentials.ts';
export type { ClientEndpointOptions } from './client/endpoint.ts';
export type { RequestTokenOptions } from './client/request-tokens.ts';
export type { AwsCredentials } from './token/credentials.ts';
export type { SignedToken } from './token/sign.ts';
export { type BoundRequest, createNonce, nonceHeader } from './token/suffix.ts';
