/**
 * The guard before servers of Node that have no `Request`: Express, Fastify, `node:http`.
 *
 * @module
 */
import { type AccessCode, accessTexts } from '../errors/access.ts';
import { ConfigurationError } from '../errors/classes.ts';
import { assertKnownOptions } from '../lib/options.ts';
import { isOrigin } from '../lib/origin.ts';
import type { Guard, Guarded } from './guard/guard.ts';
import type { GuardCall } from './guard/options.ts';
import { jsonAnswer } from './json-answer.ts';

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
  /** Of HTTP/2, where a body is not announced by a header. */
  readonly stream?: { readonly endAfterHeaders?: boolean } | undefined;
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

/** Options of {@link nodeGuard}. */
export interface NodeGuardOptions {
  /** Scheme, host and port by which clients reach the service: `https://orders.example.com`. */
  readonly origin: string;
}

/** What is known of one request beside itself. */
export interface NodeGuardCall extends GuardCall {
  /**
   * The bytes of the body as they came, where tokens are bound to requests and there is a body. The service reads them
   * first, since a stream of Node can be read once.
   */
  readonly body?: Uint8Array | undefined;
}

/**
 * Lets a request of Node in, or says what to answer it with: as a `Guard` does, and with 400 `request_malformed`, which is
 * in no log, for a request that the URL parser and the framework might read in two ways.
 */
export type NodeGuard = (request: NodeRequest, call?: NodeGuardCall) => Promise<Guarded>;

/**
 * Puts a guard before Express, Fastify or `node:http`.
 *
 * @throws {ConfigurationError} where `origin` is none. Where `body` is no bytes, or is missing for a request that has one while
 * tokens are bound, the answer is a 500 that says so.
 * @example
 * ```ts
 * const guardOrders = nodeGuard(createGuard({ audience: origin, allow }), { origin });
 *
 * app.use(async (req, res, next) => {
 *   const { caller, response } = await guardOrders(req);
 *   if (response) return sendResponse(res, response);
 *   res.locals.caller = caller;
 *   next();
 * });
 * ```
 */
export function nodeGuard(guard: Guard, options: NodeGuardOptions): NodeGuard {
  const { origin } = options;
  assertKnownOptions(options, 'origin');
  if (!isOrigin(origin)) {
    throw new ConfigurationError('origin', 'not an origin', 'Write it as https://orders.example.com.');
  }
  return async (request, { body, ...call } = {}) => {
    if (body !== undefined && !(body instanceof Uint8Array)) return { response: misused() };
    const made = requestOf(request, origin, body);
    if (made === undefined) return { response: refusal(400, 'request_malformed') };
    return guard(made, call).catch((error: unknown) => {
      if (error === bodyMissing) return { response: misused() };
      throw error;
    });
  };
}

/**
 * The `Request` that a request of Node stands for; undefined where there is none, or where its path would be written in
 * another way: then a token for one resource might open another.
 */
function requestOf(request: NodeRequest, origin: string, body: Uint8Array | undefined): Request | undefined {
  const { method = 'GET', rawHeaders } = request;
  const url = origin + (request.originalUrl ?? request.url ?? '');
  const mayHaveBody = method !== 'GET' && method !== 'HEAD';
  try {
    const headers = new Headers();
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] as string;
      if (!name.startsWith(':')) headers.append(name, rawHeaders[at + 1] as string);
    }
    const announced =
      headers.has('transfer-encoding') ||
      (headers.get('content-length') ?? '0') !== '0' ||
      request.stream?.endAfterHeaders === false;
    if (!mayHaveBody && (announced || body?.byteLength)) return undefined; // no digest would cover it
    const bytes = body && new Uint8Array(body);
    const content = mayHaveBody ? (bytes ?? (announced ? unread() : undefined)) : undefined;
    const init = { method, headers, ...(content === undefined ? {} : { body: content, duplex: 'half' }) };
    const made = new Request(url, init);
    if (made.method !== method || made.url !== url || url.includes('#')) return undefined;
    return url.startsWith(`${origin}/`) ? made : undefined;
  } catch {
    return undefined;
  }
}

/** The service's mistake. It is answered, and not thrown: nothing that a stranger sends may end the server. */
const bodyMissing: ConfigurationError = /* @__PURE__ */ new ConfigurationError(
  'body',
  'missing',
  'Give its bytes, as express.raw() reads them.',
);

/** A body that nobody has given: whoever has to read it must know. */
function unread(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.error(bodyMissing) }, { highWaterMark: 0 });
}

function misused(): Response {
  return jsonAnswer(500, { code: 'internal', message: bodyMissing.message }, crypto.randomUUID());
}

function refusal(status: number, code: AccessCode): Response {
  return jsonAnswer(status, { code, message: accessTexts[code] }, crypto.randomUUID());
}

/** Sends the answer of a guard. */
export async function sendResponse(to: NodeResponse, answer: Response): Promise<void> {
  to.statusCode = answer.status;
  for (const [name, value] of answer.headers) to.setHeader(name, value);
  to.end(await answer.text());
}
