/**
 * callerid on Deno, by its entry, and the yardsticks beside it.
 *
 * @module
 */
import { fetchFromStub } from './sts-fetch.ts';
import { createYardsticks, isYardstick } from './yardsticks.ts';

/** The part of Deno that is used. */
declare const Deno: {
  readonly env: { get(name: string): string | undefined };
  serve(
    options: { readonly port: number; readonly hostname: string; readonly onListen: () => void },
    handler: (request: Request, info: never) => Response | Promise<Response>,
  ): unknown;
};

fetchFromStub(Deno.env.get('BENCH_STUB') ?? '');
const { default: callerid } = await import('../../src/runtime/deno.ts');
const yardsticks = createYardsticks(JSON.parse(Deno.env.get('BENCH_YARDSTICKS') ?? ''));
Deno.serve(
  { port: Number(Deno.env.get('BENCH_PORT')), hostname: '127.0.0.1', onListen: () => {} },
  (request, info) => (isYardstick(request.url) ? yardsticks.fetch(request) : callerid.fetch(request, info)),
);
