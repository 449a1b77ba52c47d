/**
 * Where the policy is kept, on Deno and Node.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';

/** `file:DIRECTORY`, or `deno-kv` with a path or without. */
export type PolicyLocation =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'deno-kv'; readonly path: string | undefined };

/** @throws {ConfigurationError} */
export function readPolicyLocation(value: string | undefined): PolicyLocation {
  const [, kind, path] = /^(file|deno-kv)(?::(.+))?$/.exec(value ?? '') ?? [];
  if (kind === 'deno-kv') return { kind, path };
  if (kind === 'file' && path !== undefined) return { kind, path };
  throw new ConfigurationError(
    'CALLERID_POLICY',
    value === undefined || value === '' ? 'not set' : 'not a place that callerid knows',
    'Set it to file:DIRECTORY, or on Deno to deno-kv or deno-kv:PATH.',
  );
}
