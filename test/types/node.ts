/** What the types of `callerid/node` promise. */
import { createGuard } from '../../src/index.ts';
import {
  type Guarded,
  type NodeRequest,
  type NodeResponse,
  nodeGuard,
  sendResponse,
} from '../../src/node.ts';

/** The parts of `node:http` that frameworks share, as `@types/node` has them. */
declare const incoming: { method?: string; url?: string; rawHeaders: string[]; headers: object };
declare const outgoing: {
  statusCode: number;
  setHeader(name: string, value: number | string | readonly string[]): object;
  end(chunk: unknown, callback?: () => void): object;
};

const origin = 'https://orders.example.com';
const guard = nodeGuard(createGuard({ audience: origin, allow: { accounts: [] } }), { origin });

export const read: NodeRequest = incoming;
export const written: NodeResponse = outgoing;
export const guarded: Promise<Guarded> = guard(incoming, { body: new Uint8Array(), client: '10.0.0.1' });
export const sent: Promise<void> = sendResponse(outgoing, new Response());
// @ts-expect-error whoever asks does not say what the service is called
nodeGuard(createGuard({ audience: origin, allow: { accounts: [] } }), {});
// @ts-expect-error the body is given as bytes
guard(incoming, { body: '{}' });
// @ts-expect-error a response of the web is no response of Node
sendResponse(new Response(), new Response());
