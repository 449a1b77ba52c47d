/**
 * A Fastify app, all routes of which callers enter with their AWS credentials, by a hook. Each token is good once.
 *
 *     npm install ./callerid-0.1.0.tgz fastify
 *     PORT=8080 node app.js
 *
 * TLS ends before it, where https://orders.example.com leads.
 */
import { createGuard, memoryOnce } from 'callerid';
import { nodeGuard } from 'callerid/node';
import Fastify from 'fastify';

const origin = 'https://orders.example.com';

const guard = nodeGuard(
  createGuard({
    audience: origin,
    allow: { patterns: ['arn:aws:iam::111122223333:role/Orders*'] },
    oneTime: memoryOnce(), // for one process; several need a store that they share
  }),
  { origin },
);

const app = Fastify();

app.decorateRequest('caller');
app.addHook('onRequest', async (request, reply) => {
  const { caller, response } = await guard(request.raw);
  if (response) return reply.send(response); // nothing after it is run
  request.setDecorator('caller', caller);
});

app.get('/orders', async (request) => {
  const { canonicalArn } = /** @type {import('callerid').Caller} */ (request.getDecorator('caller'));
  return { caller: canonicalArn, orders: [] };
});

await app.listen({ port: Number(process.env.PORT ?? 8080), host: '127.0.0.1' });
