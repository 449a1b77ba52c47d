/**
 * Where peers are kept.
 *
 * @module
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A directory outside of the checkout. It may not be there yet. */
export function cacheHome(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'callerid-interop');
}
