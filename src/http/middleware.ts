/**
 * The guard as middleware for Hono.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono';
import { ConfigurationError } from '../errors/classes.ts';
import type { TaskContext } from '../lib/flights.ts';
import { type Caller, createGuard, type Guard } from './guard/guard.ts';
import type { GuardOptions } from './guard/options.ts';

/** What the middleware adds to a context: `new Hono<CallerEnv>()` types `c.get('caller')`. */
export interface CallerEnv {
  Variables: { caller: Caller };
}

export type MiddlewareOptions = GuardOptions & {
  /** Who the client is, for the limiter: its address, usually. Required where there is a limiter. */
  readonly client?: ((c: Context) => string) | undefined;
};

/**
 * Lets AWS identities in: `Authorization: Bearer` in, `c.get('caller')` out. Whoever is not let in gets the answer of the
 * guard, with the `WWW-Authenticate` header of RFC 6750.
 *
 * @param options or a function that makes them from the context of the first request, where bindings are at hand there only
 * @throws {ConfigurationError} where an option cannot work; with a function, at the first request
 * @example
 * ```ts
 * const app = new Hono<CallerEnv>();
 * app.use(callerid({ audience: 'https://orders.example.com', allow: { accounts: ['111122223333'] } }));
 * app.get('/orders', (c) => c.text(`Hello ${c.get('caller').canonicalArn}`));
 * ```
 */
export function callerid(
  options: MiddlewareOptions | ((c: Context) => MiddlewareOptions),
): MiddlewareHandler<CallerEnv> {
  let made = typeof options === 'function' ? undefined : prepare(options);
  return async (c, next): Promise<Response | undefined> => {
    made ??= prepare((options as (c: Context) => MiddlewareOptions)(c));
    const caller = await made.guard(c.req.raw, { context: contextOf(c), client: made.client?.(c) });
    if (caller instanceof Response) return caller;
    c.set('caller', caller);
    await next();
    return undefined;
  };
}

interface Prepared {
  readonly guard: Guard;
  readonly client: MiddlewareOptions['client'];
}

function prepare(options: MiddlewareOptions): Prepared {
  if (options.limiter !== undefined && options.client === undefined) {
    throw new ConfigurationError('client', 'the limiter cannot tell clients apart', 'Say who a client is.');
  }
  return { guard: createGuard(options), client: options.client };
}

/** Hono throws where the runtime has none. */
function contextOf(c: Context): TaskContext | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}
