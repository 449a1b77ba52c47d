/**
 * Writers and readers of a policy at once, in files. Deno runs this file too.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { FileStore } from '../../src/store/file.ts';
import { policyInterleaving } from '../support/policy-interleaving.ts';

let directory = '';
afterEach(() => rm(directory, { recursive: true }));

policyInterleaving('files', async () => {
  directory = await mkdtemp(join(tmpdir(), 'callerid-'));
  return new FileStore(directory);
});
