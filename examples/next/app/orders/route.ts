/**
 * A route handler, as Next.js has them, that callers enter with their AWS credentials. Reading takes a token; placing an
 * order takes one that is good for that very request alone.
 *
 *     npm install ./callerid-0.1.0.tgz
 *     npx next dev
 *
 * Where tokens are to be good once as well, `oneTime` needs a store that all instances of the app share.
 */
import { bindToRequest, createGuard, createVerifier } from 'callerid';

const audience = 'https://orders.example.com';

const verifier = createVerifier({ audience });
const allow = { accounts: ['111122223333'] };

const reading = createGuard({ verifier, allow });
// Next.js may show the app a URL with another host than clients use: the origin is said here.
const writing = createGuard({ verifier, allow, binding: bindToRequest({ origin: audience }) });

export async function GET(request: Request): Promise<Response> {
  const { caller, response } = await reading(request);
  if (response) return response;
  return Response.json({ caller: caller.canonicalArn, orders: [] });
}

export async function POST(request: Request): Promise<Response> {
  const { caller, response } = await writing(request);
  if (response) return response;
  const order: unknown = await request.json(); // the guard has left the body
  return Response.json({ caller: caller.canonicalArn, order }, { status: 201 });
}
