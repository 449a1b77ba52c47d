/**
 * An app of a few fixed routes, without a router: one is an eighth of a Worker that is a webhook alone.
 *
 * @module
 */
import type { TaskContext } from '../lib/flights.ts';

/** What answers requests, on every runtime. A Hono app is such, too. */
export interface App {
  fetch(request: Request, env?: unknown, executionCtx?: TaskContext): Response | Promise<Response>;
}

/** A request, and what its runtime gives with it. A context of Hono is such, too. */
export interface RequestContext {
  readonly req: { readonly raw: Request };
  readonly env?: unknown;
  /** On Workers alone: what keeps them at work. */
  readonly executionCtx?: TaskContext | undefined;
}

/** Answers a request. The path is decoded but for `%2f` and the like, and has no slash at the end. */
export type Answerer = (
  context: RequestContext,
  method: string,
  path: string,
) => Response | Promise<Response>;

/** Makes an app, in which `HEAD` is `GET` without the body. */
export function createRoutes(answer: Answerer): App {
  return {
    fetch(raw, env, executionCtx) {
      const context = { req: { raw }, env, executionCtx };
      const path = pathOf(raw.url);
      if (raw.method !== 'HEAD') return answer(context, raw.method, path);
      return Promise.resolve(answer(context, 'GET', path)).then((found) => new Response(null, found));
    },
  };
}

/** As a router would have it: percent-encoded or not, with a slash at the end or without. */
function pathOf(url: string): string {
  const [, path = ''] = /^[a-z]+:\/\/[^/?#]*([^?#]*?)\/?(?:[?#]|$)/i.exec(url) ?? [];
  if (!path.includes('%')) return path;
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
