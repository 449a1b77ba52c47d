/**
 * Databases of Deno KV, each for one test.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { DenoKv } from '../../src/store/deno-kv.ts';

export type OpenKv = DenoKv & { close(): void };
declare const Deno: { openKv(path: string): Promise<OpenKv> };

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

export async function openKv(path: string): Promise<OpenKv> {
  const kv = await Deno.openKv(path);
  undo.push(() => {
    try {
      kv.close();
    } catch {
      // the test has closed it
    }
  });
  return kv;
}

/** One that fails whatever it is asked. */
export async function closedKv(): Promise<OpenKv> {
  const kv = await openKv(':memory:');
  kv.close();
  return kv;
}

export async function newKvPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'callerid-'));
  undo.push(() => rm(directory, { recursive: true }));
  return join(directory, 'kv.sqlite');
}
