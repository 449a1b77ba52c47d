/** What the types of `callerid/hono` promise. */
import { Hono } from 'hono';
import { type Caller, type CallerEnv, callerid, type MiddlewareOptions } from '../../src/hono.ts';

const service = { audience: 'https://orders.example.com', allow: { accounts: ['111122223333'] } };

const app = new Hono<CallerEnv>();
app.use(callerid(service));
app.get('/orders', (c) => {
  const caller: Caller = c.get('caller');
  // @ts-expect-error the middleware sets no such variable
  c.get('user');
  return c.text(caller.username ?? caller.canonicalArn);
});

// without the environment too, what comes after the middleware knows the caller
new Hono().get('/orders', callerid(service), (c) => c.text(c.get('caller').account));
// options may come from the context
callerid((c) => ({ ...service, audience: String(c.env.AUDIENCE), client: (of) => of.req.path }));

// @ts-expect-error an audience is needed
callerid({ allow: service.allow });
// @ts-expect-error nobody is let in by mistake
export const open: MiddlewareOptions = { ...service, allow: 'anyone' };
