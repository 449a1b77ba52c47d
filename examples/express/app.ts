/**
 * An Express app that callers enter with their AWS credentials. Reading takes a token; placing an order takes one that is
 * good once, for that very request.
 *
 *     npm install ./callerid-0.1.0.tgz express && npm install --save-dev @types/express
 *     PORT=8080 node app.ts                          # Node 22.18 or later
 *
 * TLS ends before it, where https://orders.example.com leads.
 */
import { bindToRequest, createGuard, createVerifier, memoryOnce } from 'callerid';
import { type NodeGuard, nodeGuard, sendResponse } from 'callerid/node';
import express, { type RequestHandler } from 'express';

const origin = 'https://orders.example.com';

/** One for all routes, so that they share what STS has said. */
const verifier = createVerifier({ audience: origin });
const allow = { accounts: ['111122223333'] };

const reading = nodeGuard(createGuard({ verifier, allow }), { origin });
const writing = nodeGuard(
  createGuard({
    verifier,
    allow,
    binding: bindToRequest(),
    oneTime: memoryOnce(), // for one process; several need a store that they share
  }),
  { origin },
);

function callerBy(guard: NodeGuard): RequestHandler {
  return async (req, res, next) => {
    const { caller, response } = await guard(req, Buffer.isBuffer(req.body) ? { body: req.body } : {});
    if (response) return sendResponse(res, response);
    res.locals.caller = caller;
    next();
  };
}

/** The bytes as they came: they are what the caller signed. */
const rawBody = express.raw({ type: () => true, inflate: false });

const app = express();
app.get('/orders', callerBy(reading), (_req, res) => {
  res.json({ caller: res.locals.caller.canonicalArn, orders: [] });
});
app.post('/orders', rawBody, callerBy(writing), (req, res) => {
  const order: unknown = JSON.parse(String(req.body));
  res.status(201).json({ caller: res.locals.caller.canonicalArn, order });
});

app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1');
