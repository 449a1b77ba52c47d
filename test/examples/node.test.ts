/**
 * `examples/express`, `examples/fastify` and `examples/next`, on Node.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testGuarded } from './contract.ts';
import { type ListeningService, onNode, project, startService } from './services.ts';
import { type Guarded, openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const reading: Guarded = { method: 'GET', path: '/orders' };
const writing: Guarded = { method: 'POST', path: '/orders', body: '{"item":"tea"}', bound: true };

/** Routes a request to a handler, as Next.js does by names. */
const router = `
import { serve } from '@hono/node-server';
import * as handlers from './app/orders/route.ts';
const fetch = (request) => handlers[request.method]?.(request) ?? new Response(null, { status: 405 });
serve({ fetch, hostname: '127.0.0.1', port: Number(process.env.PORT) });
`;

describe.each<[name: string, file: string, guarded: readonly Guarded[]]>([
  ['express', 'app.ts', [reading, { ...writing, oneTime: true }]],
  ['fastify', 'app.js', [{ ...reading, oneTime: true }]],
  ['next', 'router.js', [reading, writing]],
])('%s', (name, file, all) => {
  let service: ListeningService;
  beforeAll(async () => {
    if (name === 'next') writeFileSync(join(project, 'examples/next/router.js'), router);
    service = await startService(onNode(join('examples', name, file)), stage.env);
  });
  afterAll(() => service?.close());

  const takesNodeRequests = name !== 'next';
  if (takesNodeRequests) {
    test('a URL that a parser would write in another way than the app reads it: 400', async () => {
      const asking = request(service.url, { path: '/orders?q="x"' }).end();
      const [response] = await once(asking, 'response');
      response.resume();
      expect(response.statusCode).toBe(400);
    });
  }

  describe.each(all)('$method', (guarded) => {
    testGuarded(guarded, { stage: () => stage, service: () => service });
  });
});
