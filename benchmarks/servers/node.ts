/**
 * callerid on Node, as `callerid serve` serves it, and the yardsticks beside it.
 *
 * @module
 */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { BatchedLog } from '../../src/runtime/log.ts';
import { createNodeService } from '../../src/runtime/node.ts';
import { fetchFromStub } from './sts-fetch.ts';
import { createYardsticks, isYardstick } from './yardsticks.ts';

const { BENCH_PORT, BENCH_STUB = '', BENCH_YARDSTICKS = '', ...env } = process.env;
fetchFromStub(BENCH_STUB);
const { app } = createNodeService(env, { log: new BatchedLog().log });
const yardsticks = createYardsticks(JSON.parse(BENCH_YARDSTICKS));
const listener = getRequestListener((request) =>
  isYardstick(request.url) ? yardsticks.fetch(request) : app.fetch(request),
);
createServer(listener).listen(Number(BENCH_PORT), '127.0.0.1');
