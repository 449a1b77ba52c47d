/**
 * A service on Deno that callers enter with their AWS credentials. Each token is good once: Deno KV remembers those that
 * were used, for every process that opens the same database.
 *
 *     npm install ./callerid-0.1.0.tgz
 *     deno run --unstable-kv --allow-net main.ts
 *
 * TLS ends before it, where https://orders.example.com leads.
 */
import { createGuard, createLimiter } from 'callerid';
import { denoKvOnce } from 'callerid/deno';

const guard = createGuard({
  audience: 'https://orders.example.com',
  allow: { arns: ['arn:aws:iam::111122223333:role/Orders'] },
  oneTime: denoKvOnce(await Deno.openKv()),
  limiter: createLimiter({ calls: 30, seconds: 60 }),
});

Deno.serve(async (request, { remoteAddr }) => {
  // Behind a proxy all clients have its address: take the one that the proxy names, in a header that it overwrites.
  const { caller, response } = await guard(request, { client: remoteAddr.hostname });
  if (response) return response;
  return Response.json({ caller: caller.canonicalArn, orders: [] });
});
