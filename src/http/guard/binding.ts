/**
 * Tokens that are good for one request alone.
 *
 * @module
 */
import { ConfigurationError } from '../../errors/classes.ts';
import { BodyTooLargeError, readBytes } from '../../lib/body.ts';
import { requestSuffix } from '../../token/suffix.ts';

/** Says what the client of a request must have signed after the audience; undefined where the body is too large. */
export type RequestBinding = (request: Request) => Promise<string | undefined>;

/** Options of {@link bindToRequest}. */
export interface RequestBindingOptions {
  /**
   * Scheme, host and port by which clients reach the service: `https://orders.example.com`. Default those of the request,
   * which are others where a proxy ends TLS.
   */
  readonly origin?: string | undefined;
  /** Longest body, in bytes. It is read into memory, beside the one that the service reads. Default 1 MiB. */
  readonly maxBodyBytes?: number;
}

/**
 * Has a guard take only tokens that were signed for the very request: its method, its URL and its body.
 *
 * @throws {ConfigurationError} where `origin` is none
 * @example
 * ```ts
 * createGuard({ audience, allow, binding: bindToRequest({ origin: 'https://orders.example.com' }) });
 * ```
 */
export function bindToRequest(options: RequestBindingOptions = {}): RequestBinding {
  const { origin, maxBodyBytes = 1024 * 1024 } = options;
  if (origin !== undefined && !isOrigin(origin)) {
    throw new ConfigurationError(
      'origin',
      'not an origin',
      'Write it as https://orders.example.com, without a slash.',
    );
  }
  return async (request) => {
    if (request.bodyUsed) {
      throw new ConfigurationError('binding', 'the body was read before', 'Put the guard first.');
    }
    const { href, origin: own } = new URL(request.url);
    const url = (origin ?? own) + href.slice(own.length);
    try {
      const body = await readBytes(request.clone().body, maxBodyBytes);
      return await requestSuffix({ method: request.method, url, body });
    } catch (error) {
      if (error instanceof BodyTooLargeError) return undefined;
      throw error;
    }
  };
}

/** Whether this is a scheme, a host and a port, and nothing else. */
export function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
