/**
 * `examples/deno`, on Deno.
 */
import { afterAll, beforeAll } from 'vitest';
import { type Service, testGuarded } from './contract.ts';
import { onDeno, startService } from './services.ts';
import { openStage, type Stage } from './stage.ts';

const file = 'examples/deno/main.ts';
let stage: Stage;
let service: Service;

beforeAll(async () => {
  stage = await openStage();
  service = await startService(onDeno('run', file), stage.env);
});

afterAll(async () => {
  await service?.close();
  await stage?.close();
});

testGuarded(
  { method: 'GET', path: '/orders', oneTime: true },
  { stage: () => stage, service: () => service },
);
