/** What the types of `callerid/node` promise. */
import { type NodeRequest, type NodeResponse, sendResponse, toRequest } from '../../src/node.ts';

/** The parts of `node:http` that frameworks share, as `@types/node` has them. */
declare const incoming: { method?: string; url?: string; rawHeaders: string[]; headers: object };
declare const outgoing: {
  statusCode: number;
  setHeader(name: string, value: number | string | readonly string[]): object;
  end(chunk: unknown, callback?: () => void): object;
};

export const read: NodeRequest = incoming;
export const written: NodeResponse = outgoing;
export const request: Request = toRequest(incoming, { origin: 'https://orders.example.com' });
export const sent: Promise<void> = sendResponse(outgoing, new Response());
// @ts-expect-error whoever asks does not say what the service is called
toRequest(incoming, {});
// @ts-expect-error the body is given as bytes
toRequest(incoming, { origin: 'https://orders.example.com', body: '{}' });
// @ts-expect-error a response of the web is no response of Node
sendResponse(new Response(), new Response());
