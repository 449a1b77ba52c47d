/**
 * Tokens that are good for one request alone.
 *
 * @module
 */
import { ConfigurationError } from '../../errors/classes.ts';
import { BodyTooLargeError, readBytes } from '../../lib/body.ts';
import { assertKnownOptions, assertNumber } from '../../lib/options.ts';
import { isOrigin } from '../../lib/origin.ts';
import { requestSuffix } from '../../token/suffix.ts';

/** Says what the client of a request must have signed after the audience, or why nothing could be. */
export type RequestBinding = (request: Request) => Promise<BoundSuffix>;

/** The suffix, or what is wrong with the request. */
export type BoundSuffix =
  | { readonly ok: true; readonly suffix: string }
  | { readonly ok: false; readonly code: 'request_malformed' | 'body_too_large' };

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
  assertKnownOptions(options, 'origin maxBodyBytes');
  const { origin, maxBodyBytes = 1024 * 1024 } = options;
  assertNumber('maxBodyBytes', maxBodyBytes, 0, Number.MAX_SAFE_INTEGER);
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
    const path = pathOf(request.url);
    if (path === undefined) return { ok: false, code: 'request_malformed' };
    const url = (origin ?? new URL(request.url).origin) + path;
    try {
      const body = await readBytes(request.clone().body, maxBodyBytes);
      return { ok: true, suffix: await requestSuffix({ method: request.method, url, body }) };
    } catch (error) {
      if (error instanceof BodyTooLargeError) return { ok: false, code: 'body_too_large' };
      throw error;
    }
  };
}

/**
 * Path and query of a URL; undefined where a URL parser would write them in another way. A server may hand on what came, dots
 * and all, and who routes by that would take a token for one resource to another. The host is the caller's to choose: it
 * must not swallow the path either.
 */
function pathOf(url: string): string | undefined {
  const [, path] = /^https?:\/\/[^/?#@\\]+(\/[^#]*)$/i.exec(url) ?? [];
  return path !== undefined && new URL(`https://host${path}`).href === `https://host${path}`
    ? path
    : undefined;
}
