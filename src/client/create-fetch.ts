/**
 * A `fetch` that authenticates its requests to one service.
 *
 * @module
 */
import { abortable } from '../lib/abortable.ts';
import { assertKnownOptions } from '../lib/options.ts';
import { nonceSuffixLength, requestSuffixLength } from '../token/suffix.ts';
import { assertCredentialSource } from './credentials.ts';
import { clientEndpoint } from './endpoint.ts';
import { assertMayHaveToken, serviceOrigin } from './origin.ts';
import { type RequestBody, readRequestBody } from './request-body.ts';
import { type RequestTokenOptions, RequestTokens } from './request-tokens.ts';
import { assertSignableAudience } from './signed-audience.ts';

/** Options of {@link createFetch}. */
export interface FetchOptions extends RequestTokenOptions {
  /**
   * The one origin that gets tokens, such as `https://orders.example.com`. Plain HTTP only on this machine. Default: that
   * of the audience, where it is a URL.
   */
  readonly origin?: string;
  /** Sends the requests. It is given a `Request`. Default the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** Every name of {@link FetchOptions}. */
const names = 'credentials audience region fips dualStack host origin bound oneTime fetch clock';

/** Bodies up to this many bytes are held in memory, so that they can be sent again. */
const maxHeldBytes = 1024 * 1024;

/**
 * Makes a `fetch` that sends `authorization: Bearer TOKEN` to one origin.
 *
 * - A token is held until a minute before it ends, or until its credentials end. With `bound` or `oneTime` each request has
 *   its own, and none is held.
 * - After a 401 there is a new token, of new credentials (`forceRefresh`), and the request is sent once more, where its
 *   body can be: one of more than 1 MiB, or given as a `ReadableStream`, is sent as it comes, once. With `bound` all are held.
 * - It rejects with a TypeError, before anything is sent, where the request is for another origin or has an authorization
 *   header already; and as the function for the credentials, `createToken` and `fetch` do.
 * - Redirects are not followed (`redirect: 'manual'`): their answer is yours to read.
 *
 * @throws {ConfigurationError} where an option cannot work.
 * @example
 * ```ts
 * const fetchOrders = createFetch({ credentials, audience: 'https://orders.example.com', region: 'eu-west-1' });
 * const response = await fetchOrders('https://orders.example.com/orders', { method: 'POST', body: '{}' });
 * ```
 */
export function createFetch(given: FetchOptions): typeof fetch {
  assertKnownOptions(given, names);
  const { origin: givenOrigin, fetch: givenFetch, ...options } = given; // a copy: what is given may change
  const { audience, bound = false, oneTime = false } = options;
  assertSignableAudience(audience, (bound ? requestSuffixLength : 0) + (oneTime ? nonceSuffixLength : 0));
  clientEndpoint(options);
  assertCredentialSource(options.credentials);
  const origin = serviceOrigin(audience, givenOrigin);
  const tokens = new RequestTokens(options);

  const send = async (asked: Request, { bytes }: RequestBody, signal: Signal) => {
    const fetch = givenFetch ?? globalThis.fetch; // as a plain function: runtimes refuse it as a method of another object
    const request = new Request(asked, {
      redirect: 'manual',
      ...(bytes === undefined ? {} : { body: bytes }),
      ...(signal ? { signal } : {}), // on Node a Request stops following another one's once that is collected
    });
    const headers = tokens.headersFor(request, bytes ?? new Uint8Array());
    for (const [name, value] of await abortable(headers, signal)) request.headers.set(name, value);
    return fetch(request);
  };

  return async (input, init) => {
    const signal = signalOf(input, init);
    signal?.throwIfAborted();
    const asked = new Request(input, init);
    assertMayHaveToken(asked, origin);
    const asItComes = !bound && init?.body instanceof ReadableStream;
    const body = asItComes
      ? { repeatable: false }
      : await abortable(readRequestBody(asked, bound ? Number.POSITIVE_INFINITY : maxHeldBytes), signal);
    const response = await send(asked, body, signal);
    if (response.status !== 401) return response;
    tokens.refused();
    if (!body.repeatable) return response;
    response.body?.cancel().catch(() => {});
    return send(asked, body, signal);
  };
}

type Signal = AbortSignal | null | undefined;

/** As `fetch` reads it: what `init` says counts, and `null` there is none. */
function signalOf(input: unknown, init: RequestInit | undefined): Signal {
  if (init?.signal !== undefined) return init.signal;
  return input instanceof Request ? input.signal : undefined;
}
