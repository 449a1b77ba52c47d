/**
 * What the example uses of Deno, for `npm run typecheck`. `deno check`, which has the real types, is among the tests.
 */
declare namespace Deno {
  function openKv(path?: string): Promise<import('callerid/deno').DenoKv>;
  function serve(
    handler: (request: Request, info: { remoteAddr: { hostname: string } }) => Response | Promise<Response>,
  ): unknown;
}
