/**
 * The signing keys of an issuer in a file, kept with `callerid keys` as an operator keeps them.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { JWK } from 'jose';
import { callerid } from '../cluster/deployment.ts';

export type Algorithm = 'RS256' | 'ES256';

export interface SigningKey extends JWK {
  readonly kid: string;
  readonly alg: string;
  readonly signFrom: string;
}

export class KeysFile {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(path: string, algorithm: Algorithm = 'RS256'): Promise<KeysFile> {
    await callerid(['keys', 'create', '--algorithm', algorithm, '--out', path]);
    return new KeysFile(path);
  }

  get keys(): readonly SigningKey[] {
    return JSON.parse(readFileSync(this.path, 'utf8')).keys;
  }

  get ids(): string[] {
    return this.keys.map(({ kid }) => kid);
  }

  /** The key of this ID, with its private part. */
  key(id: string): SigningKey {
    const found = this.keys.find(({ kid }) => kid === id);
    if (found === undefined) throw new Error(`there is no key ${id}`);
    return found;
  }

  /** Adds a key that does not sign yet, and gives its ID. */
  async rotate(): Promise<string> {
    const known = new Set(this.ids);
    await callerid(['keys', 'rotate', this.path]);
    const added = this.ids.find((id) => !known.has(id));
    if (added === undefined) throw new Error('callerid keys rotate has added no key');
    return added;
  }

  /** What the clock does in its time: the key signs from now on. */
  bringForward(id: string): void {
    const signFrom = new Date(Date.now() - 1000).toISOString();
    const keys = this.keys.map((key) => (key.kid === id ? { ...key, signFrom } : key));
    writeFileSync(this.path, JSON.stringify({ keys }));
  }

  async retire(id: string): Promise<void> {
    await callerid(['keys', 'retire', this.path, id]);
  }
}
