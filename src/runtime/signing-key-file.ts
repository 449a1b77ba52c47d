/**
 * Issuers whose signing keys may be in a file, on Deno and Node.
 *
 * @module
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { type IssuerModule, type IssuerPart, issuerWith } from './issuer-part.ts';
import type { Settings } from './settings.ts';
import { HeldKeys, signingKeyPath, signingKeyText } from './signing-keys.ts';

/** In bytes; eight keys of 4,096 bits take half of it. */
const maxBytes = 64 * 1024;

/** Issuers, and how their keys are read anew. */
export interface IssuerFromFile {
  readonly createIssuer: IssuerPart;
  /** Rejects where a key does not work. */
  readonly check: () => Promise<void>;
  /** Undefined where the keys are in the setting itself. Where it rejects, the old keys stay. */
  readonly reload: (() => Promise<void>) | undefined;
}

/**
 * Reads the keys of the issuers; undefined where none is wanted, or the build has none. A file that others can read is told
 * as a warning, at each reading.
 *
 * @param warn takes a sentence
 * @throws {ConfigurationError} never with a key in it, nor with the path
 */
export function issuerFromFile<S, P>(
  { issuer }: Pick<Settings, 'issuer'>,
  module: IssuerModule<S, P> | undefined,
  warn: (warning: string) => void,
): IssuerFromFile | undefined {
  if (issuer === undefined || module === undefined) return undefined;
  const { signingKeys } = issuer;
  const read = (path: string) => readSmallFile(path, warn);
  const keys = new HeldKeys(() => module.readSigningKeys(signingKeyText(signingKeys, read)));
  return {
    createIssuer: issuerWith(module.createIssuer, keys),
    check: () => keys.check(),
    reload: signingKeyPath(signingKeys) === undefined ? undefined : () => keys.reload(),
  };
}

function readSmallFile(path: string, warn: (warning: string) => void): string {
  const descriptor = openSync(path, 'r');
  try {
    // A device or a pipe has no size, and may have no end.
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw Object.assign(new Error('not a file'), { code: 'EINVAL' });
    if (stats.size > maxBytes) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
    const text = readFileSync(descriptor, 'utf8');
    // Windows has other permissions, and the mode says nothing of them.
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
      warn(
        'CALLERID_SIGNING_KEYS: others than its owner may open the file, and could be anybody. Run chmod 600 on it.',
      );
    }
    return text;
  } finally {
    closeSync(descriptor);
  }
}
