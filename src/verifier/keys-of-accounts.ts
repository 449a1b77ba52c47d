/**
 * The account number that an access key ID carries.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { isAccount } from '../identity/arn.ts';

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * Accepts access key IDs that carry the number of one of these accounts, or none: an ID of the older form carries none,
 * and is not judged. For `acceptsAccessKey` of a verifier: a stranger's token is refused before STS is asked. It only ever refuses.
 *
 * @param accounts 12 digits each
 * @example
 * ```ts
 * const verifier = createVerifier({ audience, acceptsAccessKey: keysOfAccounts(['111122223333']) });
 * ```
 */
export function keysOfAccounts(accounts: readonly string[]): (accessKeyId: string) => boolean {
  if (accounts.length === 0 || !accounts.every(isAccount)) {
    throw new ConfigurationError('accounts', 'not AWS account numbers', 'Use strings of 12 digits.');
  }
  const expected = new Set(accounts);
  return (accessKeyId) => {
    const account = accountInKey(accessKeyId);
    return account === undefined || expected.has(account);
  };
}

/**
 * The account that owns a key, 12 digits, by its ID alone; undefined where the ID carries none. AWS does not document
 * this, so it is good for refusing early and for nothing else. After the four letters of the kind come base32 digits: a bit that is set in
 * IDs of this form, and 40 bits of the account number (seen in keys of known accounts; IDs of the older form, `AKIAI…` and `AKIAJ…`, have the bit clear).
 */
export function accountInKey(accessKeyId: string): string | undefined {
  if (!/^(?:AKIA|ASIA)[Q-Z2-7][A-Z2-7]{8,}$/.test(accessKeyId)) return undefined;
  let bits = 0;
  for (const character of accessKeyId.slice(4, 13)) bits = bits * 32 + base32.indexOf(character);
  const account = Math.floor(bits / 2 ** 4) % 2 ** 40;
  return account < 1e12 ? String(account).padStart(12, '0') : undefined;
}
