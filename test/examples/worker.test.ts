/**
 * `examples/worker`, in workerd.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, testGuarded } from './contract.ts';
import { type Guarded, openStage, type Stage, signedHeaders } from './stage.ts';
import { startWorker } from './worker.ts';

let stage: Stage;
let service: Service;

beforeAll(async () => {
  stage = await openStage();
  service = await startWorker('examples/worker/worker.ts', stage.sts);
});

afterAll(async () => {
  await service?.close();
  await stage?.close();
});

const running = { stage: () => stage, service: () => service };
const reading: Guarded = { method: 'GET', path: '/orders' };
const writing: Guarded = {
  method: 'POST',
  path: '/orders',
  body: '{"item":"tea"}',
  bound: true,
  oneTime: true,
};

describe('reading, by a group of the policy', () => {
  testGuarded(reading, running, 'orders:nightly');
});

describe('writing, with bound one-time tokens', () => {
  testGuarded(writing, running, 'orders:nightly');

  test.each([
    ['may read', reading, 200],
    ['may not write', writing, 403],
  ])('who is in the group of readers alone %s', async (_, guarded, status) => {
    const headers = await signedHeaders(guarded, { by: 'reports' });
    const { method, path, body } = guarded;
    const response = await service.send(path, { method, headers, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBe(status);
  });
});
