/**
 * Signing keys for tests, made once: RSA takes its time.
 */
import { exportJWK, generateKeyPair, type JWK } from 'jose';

/** A private key as a file has it. */
export type KeyDraft = Record<string, unknown> & { readonly kid: string };

const made = new Map<string, Promise<JWK>>();

async function material(alg: string, name: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: name };
}

/** The same key whenever its name is the same. */
export async function keyDraft(
  name: string,
  { alg = 'ES256', signFrom = '2026-01-01T00:00:00Z' }: { alg?: 'RS256' | 'ES256'; signFrom?: string } = {},
): Promise<KeyDraft> {
  const id = `${alg} ${name}`;
  const making = made.get(id) ?? material(alg, name);
  made.set(id, making);
  return { ...(await making), kid: name, alg, use: 'sig', signFrom };
}

/** The text of a file with these keys. */
export function keyText(...keys: readonly unknown[]): string {
  return JSON.stringify({ keys });
}

/** The members that nobody may see. */
export const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;
