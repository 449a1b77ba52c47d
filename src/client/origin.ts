/**
 * Where a client sends its tokens.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { isLoopback } from '../lib/loopback.ts';

/**
 * The origin that may have the tokens: the one given, or that of an audience which is a URL.
 *
 * @throws {ConfigurationError} where there is none, or the way there is open to others.
 */
export function serviceOrigin(audience: string, given: string | undefined): string {
  const text = given ?? audience;
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') {
    throw new ConfigurationError(
      'origin',
      given === undefined ? 'missing, and the audience is no URL that would have one' : 'no http(s) origin',
      'Give the origin of the service, such as https://orders.example.com.',
    );
  }
  if (given !== undefined && url.href !== `${url.origin}/`) {
    throw new ConfigurationError('origin', 'it holds more than an origin', `Use ${url.origin}.`);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new ConfigurationError(
      'origin',
      `${url.origin} is plain HTTP: whoever is on the way could use the tokens`,
      'Use https; plain HTTP is for this machine alone.',
    );
  }
  return url.origin;
}

/** Throws a TypeError for a request that must not have a token: sent elsewhere, it could be replayed here. */
export function assertMayHaveToken(request: Request, origin: string): void {
  const url = new URL(request.url);
  if (url.origin !== origin || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`tokens for ${origin} are not sent to ${url.origin}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('the URL holds a user name or a password, and the token takes their header');
  }
  if (request.headers.has('authorization')) {
    throw new TypeError('the request has an authorization header already');
  }
}
