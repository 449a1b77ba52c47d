/**
 * A token for a service or a cluster, made where the AWS credentials are.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { assertKnownOptions } from '../lib/options.ts';
import { type SignedToken, signToken } from '../token/sign.ts';
import { type BoundRequest, isNonce, nonceSuffix, requestSuffix } from '../token/suffix.ts';
import { type CredentialSource, resolveCredentials } from './credentials.ts';
import { type ClientEndpointOptions, clientEndpoint } from './endpoint.ts';
import { assertSignableAudience } from './signed-audience.ts';

/** Options of {@link createToken}. */
export interface TokenOptions extends ClientEndpointOptions {
  /** What the token is for, as the verifier has it: the URL of a service, the ID of a cluster. Without `#`. */
  readonly audience: string;
  /**
   * Binds the token to this request: whoever steals it can repeat that very request and no other. Method and URL are
   * taken as `new Request(url, { method })` has them. Default: bound to none.
   */
  readonly request?: BoundRequest;
  /**
   * Makes the token good for one use: 22 base64url characters, from {@link createNonce}, to be sent in the header
   * `callerid-nonce` beside the token. Default: any number of uses.
   */
  readonly nonce?: string;
  /** The present, in milliseconds since the epoch. Default `Date.now()`. */
  readonly now?: number;
}

/**
 * Makes a token, `k8s-aws-v1.…`, by signing alone: nothing is sent. It is the token of `aws eks get-token`. Whoever has
 * it is the caller to that audience until it ends, so send it over TLS to that service and nowhere else.
 *
 * @throws {ConfigurationError} where an option or the credentials cannot work. No error holds a part of the credentials.
 * @throws {TypeError} for a `request` with a method that `fetch` does not send.
 * @throws what the function for the credentials throws.
 * @example
 * ```ts
 * const { token } = await createToken(credentials, { audience: 'https://orders.example.com', region: 'eu-west-1' });
 * await fetch('https://orders.example.com/orders', { headers: { authorization: `Bearer ${token}` } });
 * ```
 */
export async function createToken(
  credentials: CredentialSource,
  options: TokenOptions,
): Promise<SignedToken> {
  assertKnownOptions(options, 'audience region fips dualStack host request nonce now');
  const { audience, request, nonce, now } = options;
  const endpoint = clientEndpoint(options);
  const suffixes =
    (request === undefined ? '' : await suffixOf(request)) +
    (nonce === undefined ? '' : checkedSuffix(nonce));
  assertSignableAudience(audience, suffixes.length);
  return signToken(await resolveCredentials(credentials, false), {
    audience: audience + suffixes,
    endpoint,
    ...(now === undefined ? {} : { now }),
  });
}

async function suffixOf({ method, url, body }: BoundRequest): Promise<string> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.username !== '' || parsed.password !== '') {
    throw new ConfigurationError(
      'request.url',
      'not an absolute URL without user name and password',
      'Give the URL as it is requested.',
    );
  }
  const request = new Request(url, { method });
  return requestSuffix({ method: request.method, url: request.url, body });
}

function checkedSuffix(nonce: string): string {
  if (isNonce(nonce)) return nonceSuffix(nonce);
  throw new ConfigurationError('nonce', 'not 22 base64url characters', 'Take it from createNonce.');
}
