/**
 * The signing keys of a deployment: in the setting itself, or in a file that it names.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';

const variable = 'CALLERID_SIGNING_KEYS';

/** What issuers need of keys: the one that signs, and those that are published. */
export interface Keys<S, P> {
  current(now: number): S;
  publicKeys(): P;
  /** Rejects where a key does not work. */
  check(): Promise<void>;
}

/** Keys that others can take the place of while they are in use. */
export class HeldKeys<S, P> implements Keys<S, P> {
  readonly #load: () => Keys<S, P>;
  #keys: Keys<S, P>;

  /** @param load reads the keys; throws where they do not do */
  constructor(load: () => Keys<S, P>) {
    this.#load = load;
    this.#keys = load();
  }

  current(now: number): S {
    return this.#keys.current(now);
  }

  publicKeys(): P {
    return this.#keys.publicKeys();
  }

  check(): Promise<void> {
    return this.#keys.check();
  }

  /** Reads the keys again. Where it rejects, they are as before: where one does not work, or none may sign though one did. */
  async reload(now: number = Date.now()): Promise<void> {
    const keys = this.#load();
    await keys.check();
    if (keys.current(now) === undefined && this.#keys.current(now) !== undefined) {
      throw new ConfigurationError(
        variable,
        'holds no key that may sign yet',
        'Keep the one that signs now.',
      );
    }
    this.#keys = keys;
  }
}

/** The path of `file:PATH`; undefined where the setting holds the keys. */
export function signingKeyPath(value: string): string | undefined {
  return value.startsWith('file:') ? value.slice('file:'.length) : undefined;
}

/**
 * Throws where keys are in a file and there are no files.
 *
 * @throws {ConfigurationError}
 */
export function assertKeysInSetting(value: string): string {
  if (signingKeyPath(value) === undefined) return value;
  throw new ConfigurationError(
    variable,
    'names a file, and Workers have none',
    `Put the keys themselves there, with wrangler secret put ${variable}.`,
  );
}

/**
 * Reads the text of the keys with the functions of a runtime. The path stays untold: it may be the keys, misplaced.
 *
 * @throws {ConfigurationError}
 */
export function signingKeyText(value: string, readFile: (path: string) => string): string {
  const path = signingKeyPath(value);
  if (path === undefined) return value;
  try {
    return readFile(path);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    const why = typeof code === 'string' && /^[A-Z]{2,20}$/.test(code) ? ` (${code})` : '';
    throw new ConfigurationError(
      variable,
      `its file cannot be read${why}`,
      'Name a file of at most 64 KiB that can be, as file:PATH.',
    );
  }
}
