/**
 * Signing versions of policies with a key from a file. Who writes the policies has it, and nothing that serves.
 *
 * @module
 */
import { statSync } from 'node:fs';
import { encodeBase64url } from '../../lib/base64url.ts';
import { member } from '../../lib/json.ts';
import type { VersionSignature } from '../../policy/next-pointer.ts';
import type { Content } from '../../policy/pointer.ts';
import { isPolicyKey, policyKeyForm } from '../../policy/signature.ts';
import { assertSigned, signedText } from '../../policy/trust.ts';
import { type CommandError, usageError } from '../exit-codes.ts';
import { readInput } from '../input.ts';
import { say } from '../output.ts';

/** Signs as the holder of a key. */
export interface PolicySigner {
  /** The public key. */
  readonly key: string;
  /**
   * Signs a content as a version that is written now.
   *
   * @throws {CommandError} where the version is beyond the seconds since the epoch, and a day: no next one could ever be signed
   */
  readonly sign: (cluster: string, version: number, content: Content) => Promise<VersionSignature>;
}

/** As long as a key can be, in bytes, and far longer. */
const maxBytes = 16 * 1024;

/**
 * Reads a key.
 *
 * @param file a path, or `-` for standard input
 * @throws {CommandError} never with a part of the key in it
 */
export async function readPolicySigner(file: string): Promise<PolicySigner> {
  const jwk = parseKey(await readInput(file, { what: 'the key that signs', maxBytes }));
  warnIfOpen(file);
  const privateKey = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['sign']).catch(() => {
    throw notAKey();
  });
  const sign: PolicySigner['sign'] = async (cluster, version, content) => {
    const now = new Date();
    assertNumber(version, now);
    const writtenAt = now.toISOString();
    const text = signedText(cluster, { version, writtenAt, content });
    const bytes = await crypto.subtle.sign('Ed25519', privateKey, new TextEncoder().encode(text));
    return { version, writtenAt, key: jwk.x, value: encodeBase64url(new Uint8Array(bytes)) };
  };
  await assertPair(sign, jwk.x);
  return { key: jwk.x, sign };
}

const daySeconds = 86_400;

/** Readers never go back from a version that is signed, so one near the largest number would be the last. */
function assertNumber(version: number, now: Date): void {
  const most = Math.floor(now.getTime() / 1000) + daySeconds;
  if (version <= most) return;
  throw usageError(
    `version ${version} is not signed: no version is that high`,
    'somebody has put another number into the store; see callerid policy history',
  );
}

/** What others may read is warned of and taken all the same: so is a signing key of JWTs. */
function warnIfOpen(file: string): void {
  if (file === '-' || process.platform === 'win32') return;
  const { mode } = statSync(file, { throwIfNoEntry: false }) ?? { mode: 0 };
  if ((mode & 0o077) !== 0)
    say(`warning: others than its owner may open the key that signs policies: chmod 600 ${file}`);
}

/** The key as it is written, and no member more. */
function parseKey(text: string): { kty: string; crv: string; x: string; d: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notAKey(); // what the parser says holds a part of the text
  }
  const [kty, crv, x, d] = ['kty', 'crv', 'x', 'd'].map((name) => member(value, name));
  const isSeed = typeof d === 'string' && policyKeyForm.test(d);
  if (kty !== 'OKP' || crv !== 'Ed25519' || !isPolicyKey(x) || !isSeed) throw notAKey();
  return { kty, crv, x, d };
}

/** Two halves of two keys would sign what nobody believes. */
async function assertPair(sign: PolicySigner['sign'], key: string): Promise<void> {
  const content: Content = { kind: 'document', hash: '' };
  const { value, ...facts } = await sign('', 1, content);
  await assertSigned('', { ...facts, content, signature: { key, value } }, { keys: [key] }).catch(() => {
    throw notAKey();
  });
}

function notAKey(): CommandError {
  return usageError('the file holds no key for policies', 'make one with callerid policy keys create');
}
