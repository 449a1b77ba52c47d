/**
 * JWTs that this user got lately, so that `kubectl` does not ask for one for every connection. Whatever is wrong with the
 * cache, it is as if there were none.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { member } from '../../lib/json.ts';
import { endOf, type IssuedToken, isJwt } from './issued-token.ts';

/** In milliseconds: what ends sooner is not given out any more. */
const leastRest = 30_000;
/** In milliseconds: no JWT lives as long, so older files are of no use. */
const oldest = 86_400_000;
const maxBytes = 32 * 1024;

/**
 * The file for a JWT; undefined where files have no owner here.
 *
 * @param owner everything that decides whose it is. Only its hash is kept
 */
export function cacheFile(owner: unknown, env: NodeJS.ProcessEnv): string | undefined {
  if (process.getuid === undefined) return undefined;
  const { XDG_CACHE_HOME: given = '', HOME } = env;
  try {
    const home = isAbsolute(given) ? given : join(HOME || homedir(), '.cache');
    const name = createHash('sha256').update(JSON.stringify(owner)).digest('hex');
    return join(home, 'callerid', `jwt-${name}.json`);
  } catch {
    return undefined; // a user without a home
  }
}

/** What the file holds, where it is ours alone and lives long enough. */
export function readCached(file: string, issuer: string): IssuedToken | undefined {
  try {
    if (!isOurs(join(file, '..'))) return undefined;
    const value: unknown = JSON.parse(readOwn(file));
    const token = member(value, 'token');
    const expiresAt = member(value, 'expiresAt');
    if (!isJwt(token) || typeof expiresAt !== 'number') return undefined;
    const end = Math.min(expiresAt, endOf(token, issuer) ?? 0);
    return end - leastRest > Date.now() ? { token, expiresAt: end } : undefined;
  } catch {
    return undefined;
  }
}

/** Puts a JWT there, whole or not at all. */
export function writeCached(file: string, issued: IssuedToken): void {
  const directory = join(file, '..');
  const fresh = `${file}.${randomUUID()}`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!isOurs(directory)) return;
    try {
      writeFileSync(fresh, JSON.stringify(issued), { flag: 'wx', mode: 0o600 });
      renameSync(fresh, file);
    } finally {
      rmSync(fresh, { force: true });
    }
    removeOld(directory);
  } catch {
    // The next time asks again.
  }
}

/** Whether a directory is this user's, and nobody else can put something into it. */
function isOurs(directory: string): boolean {
  const stats = lstatSync(directory);
  return stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
}

function readOwn(file: string): string {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    const own = stats.isFile() && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
    return own && stats.size <= maxBytes ? readFileSync(descriptor, 'utf8') : '';
  } finally {
    closeSync(descriptor);
  }
}

/** Each new session of a role has a file of its own. */
function removeOld(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (!/^jwt-[0-9a-f]{64}\.json/.test(name)) continue;
    const file = join(directory, name);
    if (lstatSync(file).mtimeMs < Date.now() - oldest) rmSync(file, { force: true });
  }
}
