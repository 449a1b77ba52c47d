/**
 * A Worker that callers enter with their AWS credentials. A policy in KV says in which groups they are; reading takes a
 * token, and placing an order takes one that is good once, for that very request.
 *
 *     npm install ./callerid-0.1.0.tgz hono
 *     npx wrangler kv namespace create POLICY        # its id goes into wrangler.toml
 *     npx callerid policy import policy.json --record > record.json
 *     npx wrangler kv key put policy/orders --path record.json --binding POLICY --remote
 *     npx wrangler deploy                            # on the domain that the audience names
 */
import { bindToRequest, createVerifier, type Limiter } from 'callerid';
import { durableObjectOnce, type KvNamespace, kvStore, type OnceNamespace } from 'callerid/cloudflare';
import { type CallerEnv, callerid, type MiddlewareOptions } from 'callerid/hono';
import { type CallerPolicy, storedPolicy } from 'callerid/mapping';
import { type Context, Hono } from 'hono';

export { OnceObject } from 'callerid/cloudflare';

interface Env extends CallerEnv {
  Bindings: { POLICY: KvNamespace; ONCE: OnceNamespace; LIMITER: Limiter };
}

/** One for all routes, so that they share what STS has said. */
const verifier = createVerifier({ audience: 'https://orders.example.com' });
let policy: CallerPolicy | undefined;

function membersOf(group: string, { env }: Context<Env>): MiddlewareOptions {
  policy ??= storedPolicy({ store: kvStore(env.POLICY), name: 'orders' });
  return {
    verifier,
    policy,
    allow: { groups: [group] },
    limiter: env.LIMITER,
    client: (c) => c.req.header('cf-connecting-ip') ?? 'unknown',
  };
}

const readers = callerid((c) => membersOf('readers', c));
const writers = callerid((c) => ({
  ...membersOf('writers', c),
  binding: bindToRequest(),
  oneTime: durableObjectOnce(c.env.ONCE),
}));

const app = new Hono<Env>();
app.get('/orders', readers, (c) => c.json({ caller: c.get('caller').username, orders: [] }));
app.post('/orders', writers, async (c) => {
  const order: unknown = await c.req.json();
  return c.json({ caller: c.get('caller').username, order }, 201);
});

export default app;
