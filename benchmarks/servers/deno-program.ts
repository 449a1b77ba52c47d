/**
 * The Deno program itself: what npm installs as `deno` only starts it, and would be measured in its place.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

/** Where it is. */
export function denoProgram(): string {
  const deno = createRequire(import.meta.url).resolve('deno/bin.cjs');
  const args = [deno, 'eval', 'console.log(Deno.execPath())'];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
}
