/**
 * The code in the documentation, run as it is written (see CONTRIBUTING.md).
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bindToRequest } from '../../src/http/guard/binding.ts';
import { createGuard } from '../../src/http/guard/guard.ts';
import { memoryOnce } from '../../src/store/once.ts';
import { ownEnvironment } from '../interop/processes.ts';
import { finished } from '../node/cli.ts';
import { type Service, testGuarded } from './contract.ts';
import { checkTypes, onDeno, onNode, project, startService } from './services.ts';
import { type Runtime, type Snippet, snippetsOf } from './snippets.ts';
import {
  credentialsOf,
  type Guarded,
  openStage,
  ordersArn,
  origin,
  type Stage,
  signedHeaders,
} from './stage.ts';
import { startWorker } from './worker.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  stage.service = standIn();
});
afterAll(() => stage?.close());

/** A service for callers, whatever they bind their tokens to. */
function standIn(): Stage['service'] {
  const fetch = stage.sts.fetch as typeof globalThis.fetch;
  const kinds = [{}, { binding: bindToRequest() }].flatMap((kind) => [
    kind,
    { ...kind, oneTime: memoryOnce() },
  ]);
  const guards = kinds.map((kind) =>
    createGuard({ ...kind, audience: origin, allow: { arns: [ordersArn] }, fetch }),
  );
  return async (request) => {
    const answers = await Promise.all(guards.map((guard) => guard(request.clone())));
    const found = answers.find(({ caller }) => caller !== undefined);
    return found?.caller === undefined
      ? (answers[0]?.response as Response)
      : Response.json({ caller: found.caller.canonicalArn });
  };
}

/** Writes a file of the project, and fails where there is one of that name. */
function write(path: string, text: string): string {
  writeFileSync(join(project, path), text, { flag: 'wx' });
  return path;
}

async function startHandler(path: string, runtime: Runtime): Promise<Service> {
  if (runtime === 'Deno') return startService(onDeno('serve', path), stage.env);
  if (runtime === 'Workers') return startWorker(path, stage.sts);
  const server = `
import { serve } from '@hono/node-server';
import handler from './${path.split('/').at(-1)}';
serve({ fetch: handler.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT) });
`;
  return startService(onNode(write(`${path}.server.js`, server)), stage.env);
}

function testService({ kind, code }: Snippet, path: string, runtime: Runtime): void {
  const guarded: Guarded = {
    method: 'GET',
    path: '/orders',
    bound: code.includes('bindToRequest('),
    oneTime: code.includes('oneTime'),
  };
  let service: Service;
  beforeAll(async () => {
    const command = runtime === 'Deno' ? onDeno('run', path) : onNode(path);
    service = await (kind === 'handler' ? startHandler(path, runtime) : startService(command, stage.env));
  });
  afterAll(() => service?.close());
  testGuarded(guarded, { stage: () => stage, service: () => service });
}

function testProgram(path: string, runtime: Runtime): void {
  test('ends well, and says who the caller is', async () => {
    const [command, parameters] = runtime === 'Deno' ? onDeno('run', path) : onNode(path);
    const { authorization = '' } = await signedHeaders({ method: 'GET', path: '/orders' });
    const token = authorization.slice('Bearer '.length);
    const env = { ...ownEnvironment(), ...stage.env, ...credentialsOf('orders') };
    const { status, stdout, stderr } = await finished(
      spawn(command, [...parameters, token], { cwd: project, env, timeout: 15_000 }),
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(ordersArn);
  });
}

const pages = ['README.md', 'docs/library.md'];

test.each(pages)('%s shows code that is run', (page) => expect(snippetsOf(page)).not.toEqual([]));

describe.each(pages)('%s', (page) => {
  const directory = `snippets-${page.replace(/\W/g, '-')}`;
  mkdirSync(join(project, directory), { recursive: true });
  const snippets = snippetsOf(page).map((snippet) => ({
    ...snippet,
    path: write(join(directory, snippet.file), snippet.code),
  }));

  test('has types', () => checkTypes(snippets.map(({ path }) => path)), 40_000);

  for (const snippet of snippets) {
    describe.each(snippet.runtimes)(`${snippet.file} on %s`, (runtime) => {
      if (snippet.kind === 'program') testProgram(snippet.path, runtime);
      else testService(snippet, snippet.path, runtime);
    });
  }
});
