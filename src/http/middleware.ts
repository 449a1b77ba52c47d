/**
 * The guard as middleware for Hono.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono';
import type { TaskContext } from '../lib/flights.ts';
import { type Caller, createGuard } from './guard/guard.ts';
import type { GuardOptions } from './guard/options.ts';

/** What the middleware adds to a context: `new Hono<CallerEnv>()` types `c.get('caller')`. */
export interface CallerEnv {
  /** What `c.get` knows. */
  Variables: {
    /** Who came in. */
    caller: Caller;
  };
}

/** Options of {@link callerid}: those of a guard, and who a client is. */
export type MiddlewareOptions = GuardOptions & {
  /** Who the client is, for the limiter: its address, usually. Required where there is a limiter. */
  readonly client?: ((c: Context) => string) | undefined;
};

/**
 * Lets AWS identities in: `Authorization: Bearer` in, `c.get('caller')` out. Whoever is not let in gets the answer of the
 * guard, with the `WWW-Authenticate` header of RFC 6750.
 *
 * @param options those of a guard, or a function that makes them from the context of the first request, where bindings are at hand there only
 * @throws {ConfigurationError} where an option cannot work; with a function, or without the `client` that a limiter needs, at
 * the first request
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
  const make = ({ client, ...given }: MiddlewareOptions) => ({ guard: createGuard(given), client });
  let made = typeof options === 'function' ? undefined : make(options);
  return async (c, next): Promise<Response | undefined> => {
    made ??= make((options as (c: Context) => MiddlewareOptions)(c));
    const { caller, response } = await made.guard(c.req.raw, {
      context: contextOf(c),
      client: made.client?.(c),
    });
    if (response) return response;
    c.set('caller', caller);
    await next();
    return undefined;
  };
}

/** Hono throws where the runtime has none. */
function contextOf(c: Context): TaskContext | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}
