/**
 * What `callerid keys` does. Nothing private is ever printed.
 *
 * @module
 */

import { statSync } from 'node:fs';
import type { SigningAlgorithm } from '../../oidc/algorithms.ts';
import { maxSigningKeys, parseSigningKeys, type SigningJwk } from '../../oidc/key-file.ts';
import { publicJwkOf, signerOf } from '../../oidc/signing-keys.ts';
import { changeFile } from '../change-file.ts';
import { usageError } from '../exit-codes.ts';
import { readInput } from '../input.ts';
import { print, say } from '../output.ts';
import { writeNewFile } from '../write-file.ts';
import { standings, stillNeeded } from './lifecycle.ts';
import { newKey } from './new-key.ts';

export interface CreateFlags {
  readonly out: string;
  readonly algorithm: SigningAlgorithm;
}

export interface RotateFlags {
  readonly algorithm?: SigningAlgorithm;
  /** In milliseconds. */
  readonly lead: number;
}

/** Writes a file with a key that signs at once. */
export async function createKeys({ out, algorithm }: CreateFlags): Promise<void> {
  const key = await newKey(algorithm, Date.now());
  writeNewFile(out, textOf([key]));
  say(`${key.kid} (${algorithm}) signs from now on`);
  sayWhatToDo(out);
}

/** Adds a key to a file. */
export async function rotateKeys(file: string, { algorithm, lead }: RotateFlags): Promise<void> {
  const now = Date.now();
  const newest = standings(await readKeys(file), now).at(-1)?.key;
  const key = await newKey(algorithm ?? newest?.alg ?? 'RS256', now + lead);
  changeFile(file, (text) => {
    const keys = keysIn(text, file);
    const kept = stillNeeded(keys, now, lead);
    if (kept.length >= maxSigningKeys) {
      throw usageError(
        `${file} has ${kept.length} keys that are needed`,
        'rotate when the first of them are not, or retire one',
      );
    }
    const rotated = textOf([...kept, key]);
    for (const { kid } of keys.filter((one) => !kept.includes(one))) say(`${kid} is dropped`);
    return rotated;
  });
  say(`${key.kid} (${key.alg}) signs from ${key.signFrom}`);
  sayWhatToDo(file);
}

/** Removes a key from a file. */
export async function retireKey(file: string, kid: string): Promise<void> {
  const now = Date.now();
  let next: SigningJwk | undefined;
  changeFile(file, (text) => {
    const keys = keysIn(text, file);
    const kept = keys.filter((key) => key.kid !== kid);
    if (kept.length === keys.length) throw usageError(`${file} has no such key`, 'see callerid keys list');
    next = signerOf(kept, now);
    if (next === undefined) {
      throw usageError(
        'no other key may sign yet',
        `make one that signs at once first: callerid keys rotate ${file} --lead 0s`,
      );
    }
    return textOf(kept);
  });
  say(`${kid} is removed, and ${next?.kid} signs`);
  sayWhatToDo(file);
}

/** Prints a line for each key. */
export async function listKeys(file: string): Promise<void> {
  const rows = standings(await readKeys(file), Date.now()).map(({ key, state, signsUntil }) => {
    const until = signsUntil === undefined ? [] : ['until', signsUntil];
    return [key.kid, key.alg, state, 'from', key.signFrom, ...until];
  });
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

/** Prints what is published. */
export async function printPublicKeys(file: string): Promise<void> {
  print(JSON.stringify({ keys: (await readKeys(file)).map(publicJwkOf) }, null, 2));
}

/** As long as a file with keys can be, in bytes, and far longer. */
const maxBytes = 64 * 1024;

async function readKeys(file: string): Promise<readonly SigningJwk[]> {
  const text = await readInput(file, { what: 'the file with the keys', maxBytes });
  return keysIn(text, file === '-' ? 'standard input' : file);
}

function keysIn(text: string | undefined, file: string): readonly SigningJwk[] {
  if (text === undefined) throw usageError(`${file} is not there`, 'make it with callerid keys create');
  return parseSigningKeys(text, file);
}

/** What a secret of a Worker may have, in bytes: two keys of RSA, hardly three. */
const workerSecretBytes = 5000;

/** A line for each key, as short as it goes. */
function textOf(keys: readonly SigningJwk[]): string {
  const text = `{"keys":[\n${keys.map((key) => JSON.stringify(key)).join(',\n')}\n]}\n`;
  if (text.length > workerSecretBytes) {
    say('warning: these are more keys than fit into a secret of a Worker, which may have 5 kB');
  }
  return text;
}

function sayWhatToDo(file: string): void {
  // A mode that lets a service in by its group may be meant, so it stays.
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    say(`warning: others than its owner may open ${file}: chmod 600 ${file}, unless that is meant`);
  }
  say('give the file to the deployment:');
  say(`a Worker: wrangler secret put CALLERID_SIGNING_KEYS < ${file}`);
  say(`Deno and Node: CALLERID_SIGNING_KEYS=file:${file}, and SIGHUP for callerid serve, a restart of Deno`);
}
