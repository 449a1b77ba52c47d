/**
 * `examples/caller`, which call `examples/express` by its name, through TLS.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownEnvironment } from '../interop/processes.ts';
import { finished, type Run } from '../node/cli.ts';
import type { Service } from './contract.ts';
import { onNode, project, startService } from './services.ts';
import { credentialsOf, openStage, ordersArn, type people, type Stage } from './stage.ts';

let stage: Stage;
let service: Service;
let requests = 0;

beforeAll(async () => {
  stage = await openStage();
  service = await startService(onNode('examples/express/app.ts'), stage.env);
  stage.service = async (request) => {
    requests++;
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const body = method === 'POST' ? new Uint8Array(await request.arrayBuffer()) : null;
    return service.send(pathname + search, { method, headers, body });
  };
});

afterAll(async () => {
  await service?.close();
  await stage?.close();
});

function run(command: string, file: string, who: keyof typeof people): Promise<Run> {
  const env = { ...ownEnvironment(), ...stage.env, ...credentialsOf(who) };
  return finished(spawn(command, [join('examples/caller', file)], { cwd: project, env, timeout: 15_000 }));
}

const hasAwsCli = spawnSync('aws', ['--version']).status === 0;

for (const [file, command] of [
  ['orders.js', process.execPath],
  ['orders.sh', 'sh'],
] as const) {
  const here = file === 'orders.sh' ? test.runIf(hasAwsCli) : test;

  here(`${file} reads the orders and places one`, async () => {
    requests = 0;
    const { status, stdout, stderr } = await run(command, file, 'orders');
    expect([status, stderr]).toEqual([0, '']);
    expect(requests).toBe(2); // and none by an AWS CLI that takes the audience for a page whose text is to be signed
    expect(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { caller: ordersArn, orders: [] },
      { caller: ordersArn, order: { item: 'tea' } },
    ]);
  });

  here(`${file} says why it is refused, without its token`, async () => {
    const { status, stdout, stderr } = await run(command, file, 'stranger');
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('not_allowed');
    expect(stdout + stderr).not.toContain('k8s-aws-v1');
  });
}
