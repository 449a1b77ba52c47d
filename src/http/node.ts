/**
 * The guard before servers of Node that have no `Request`: Express, Fastify, `node:http`.
 *
 * @module
 */
import { CalleridError, ConfigurationError } from '../errors/classes.ts';
import { isOrigin } from './guard/binding.ts';

/** The part of Node's `IncomingMessage` that is used; a framework's request is one, or has one. */
export interface NodeRequest {
  /** Default `GET`. */
  readonly method?: string | undefined;
  /** Path and query, as they were sent. */
  readonly url?: string | undefined;
  /** Express takes the mount point from `url`, and keeps the whole here. */
  readonly originalUrl?: string | undefined;
  /** Names and values in turn, as they were received. */
  readonly rawHeaders: readonly string[];
}

/** The part of Node's `ServerResponse` that is used. */
export interface NodeResponse {
  /** The HTTP status. */
  statusCode: number;
  /** Sets a header. */
  setHeader(name: string, value: string): unknown;
  /** Sends the body, and ends the answer. */
  end(body: string): unknown;
}

/** Options of {@link toRequest}. */
export interface ToRequestOptions {
  /** Scheme, host and port by which clients reach the service: `https://orders.example.com`. */
  readonly origin: string;
  /** The bytes of the body, where the service has read it already and tokens are bound to requests. Default none. */
  readonly body?: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * A request that no `Request` can stand for, or whose path means one thing to a URL parser and may mean another to the
 * framework. Code `request_target`.
 */
export class RequestTargetError extends CalleridError {
  /** What Express and Fastify answer with. */
  readonly statusCode: 400 = 400;

  /** Its message is always the same: nothing of the request is in it. */
  constructor() {
    super(
      'request_target',
      'the request has a method, a header or a path that a Request cannot have, or would write in another way',
    );
  }
}

/**
 * Makes the `Request` that a guard takes from a request of Node.
 *
 * @throws {RequestTargetError} where there is no such `Request`, or its path is not normalised: a token of one resource
 * must not open another
 * @throws {ConfigurationError} where `origin` is none
 * @example
 * ```ts
 * const caller = await guard(toRequest(req, { origin: 'https://orders.example.com' }));
 * if (caller instanceof Response) return sendResponse(res, caller);
 * ```
 */
export function toRequest(request: NodeRequest, { origin, body }: ToRequestOptions): Request {
  if (!isOrigin(origin)) {
    throw new ConfigurationError('origin', 'not an origin', 'Write it as https://orders.example.com.');
  }
  const url = origin + (request.originalUrl ?? request.url ?? '');
  const made = attempt(() => {
    const headers = new Headers();
    for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
      const name = request.rawHeaders[at] as string;
      if (!name.startsWith(':')) headers.append(name, request.rawHeaders[at + 1] as string);
    }
    const { method = 'GET' } = request;
    const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD';
    return new Request(url, { method, headers, ...(hasBody ? { body } : {}) });
  });
  if (!url.startsWith(`${origin}/`) || url.includes('#') || made.url !== url) throw new RequestTargetError();
  return made;
}

function attempt(make: () => Request): Request {
  try {
    return make();
  } catch {
    throw new RequestTargetError();
  }
}

/** Sends the answer of a guard, such as a 401: status, headers and body. */
export async function sendResponse(to: NodeResponse, answer: Response): Promise<void> {
  to.statusCode = answer.status;
  for (const [name, value] of answer.headers) to.setHeader(name, value);
  to.end(await answer.text());
}
