/**
 * Reading signing keys: what is taken, what is published, and which of them signs.
 */
import { jwtVerify, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { readSigningKeys } from '../../src/oidc/signing-keys.ts';
import { type KeyDraft, keyDraft, keyText, privateMembers } from '../support/signing-keys.ts';

/** The error for a text. */
function errorOf(text: string): ConfigurationError {
  try {
    readSigningKeys(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

/** A key without a member, or with another value for it. */
type Change = (key: KeyDraft) => Record<string, unknown>;
const without =
  (name: string): Change =>
  ({ [name]: _, ...rest }) =>
    rest;
const having =
  (name: string, value: unknown): Change =>
  (key) => ({ ...key, [name]: value });

/** A number of so many bits in base64url, not a modulus of anything. */
function ofBits(bits: number): string {
  const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
  bytes[0] = 0xff >> ((8 - (bits % 8)) % 8);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

const notThere = 'must be there, in base64url: the private key is needed, whole';
const bits = 'must be a modulus of 2048 to 4096 bits in base64url';
const secret = 'c2VjcmV0LW9mLXNvbWVib2R5';

describe('refused, with the field and without a value', () => {
  test.each<[string, 'RS256' | 'ES256', Change, string]>([
    ['RSA without a private part', 'RS256', without('d'), `keys[0].d ${notThere}`],
    ['RSA without its first prime', 'RS256', without('p'), `keys[0].p ${notThere}`],
    ['RSA without its coefficient', 'RS256', without('qi'), `keys[0].qi ${notThere}`],
    ['EC without a private part', 'ES256', without('d'), `keys[0].d ${notThere}`],
    ['a private part that is no text', 'ES256', having('d', { secret }), `keys[0].d ${notThere}`],
    ['a private part that is too short', 'ES256', having('d', secret), `keys[0].d ${notThere}`],
    ['a private part in base64', 'ES256', having('d', `${'+'.repeat(42)}8`), `keys[0].d ${notThere}`],
    ['RSA of 2047 bits', 'RS256', having('n', ofBits(2047)), `keys[0].n ${bits}`],
    ['RSA of 1024 bits', 'RS256', having('n', ofBits(1024)), `keys[0].n ${bits}`],
    ['RSA of 4097 bits', 'RS256', having('n', ofBits(4097)), `keys[0].n ${bits}`],
    ['RSA of 2048 bits by zeros in front', 'RS256', having('n', `AAAA${ofBits(2040)}`), `keys[0].n ${bits}`],
    [
      'a modulus of a length that base64url never has',
      'RS256',
      having('n', 'A'.repeat(345)),
      `keys[0].n ${bits}`,
    ],
    ['RSA of exponent 3', 'RS256', having('e', 'Aw'), 'keys[0].e must be AQAB'],
    ['P-384', 'ES256', having('crv', 'P-384'), 'keys[0].crv must be P-256'],
    [
      'RSA that says ES256',
      'RS256',
      having('alg', 'ES256'),
      'keys[0].kty must be RSA for RS256, EC for ES256',
    ],
    [
      'EC that says RS256',
      'ES256',
      having('alg', 'RS256'),
      'keys[0].kty must be RSA for RS256, EC for ES256',
    ],
    ['no signature at all', 'ES256', having('alg', 'none'), 'keys[0].alg must be RS256 or ES256'],
    ['a shared secret', 'ES256', having('alg', 'HS256'), 'keys[0].alg must be RS256 or ES256'],
    ['EdDSA', 'ES256', having('alg', 'EdDSA'), 'keys[0].alg must be RS256 or ES256'],
    ['no algorithm', 'ES256', without('alg'), 'keys[0].alg must be RS256 or ES256'],
    ['a key for encryption', 'ES256', having('use', 'enc'), 'keys[0].use must be sig'],
    ['no ID', 'ES256', without('kid'), 'keys[0].kid must be 1 to 128 letters, digits and . _ -'],
    [
      'an ID with a line in it',
      'ES256',
      having('kid', 'a\nb'),
      'keys[0].kid must be 1 to 128 letters, digits and . _ -',
    ],
    ['no time', 'ES256', without('signFrom'), 'keys[0].signFrom must be a time such as 2026-11-24T05:00:00Z'],
    [
      'a day that is none',
      'ES256',
      having('signFrom', '2026-02-30T00:00:00Z'),
      'keys[0].signFrom must be a time such as 2026-11-24T05:00:00Z',
    ],
    [
      'a time without its zone',
      'ES256',
      having('signFrom', '2026-02-03T00:00:00'),
      'keys[0].signFrom must be a time such as 2026-11-24T05:00:00Z',
    ],
  ])('%s', async (_, alg, change, problem) => {
    const key = await keyDraft('a', { alg });
    const error = errorOf(keyText(change(key)));
    expect(error).toMatchObject({ setting: 'CALLERID_SIGNING_KEYS', problem });
    expect(error.message).not.toContain(secret);
    for (const name of privateMembers)
      if (name in key) expect(error.message).not.toContain(String(key[name]));
  });

  test.each([
    ['nothing', '', 'is not JSON'],
    ['half of a file', `{"keys":[{"d":"${secret}`, 'is not JSON'],
    ['a bare secret', secret, 'is not JSON'],
    ['a text', `"${secret}"`, 'keys must be a list of 1 to 8 keys'],
    ['no keys', '{"keys":[]}', 'keys must be a list of 1 to 8 keys'],
    ['keys that are no list', `{"keys":"${secret}"}`, 'keys must be a list of 1 to 8 keys'],
    ['one key without a set', `{"kty":"EC","d":"${secret}"}`, 'keys must be a list of 1 to 8 keys'],
    ['a key that is none', `{"keys":["${secret}"]}`, 'keys[0] must be an object'],
    ['a key that is a list', `{"keys":[["${secret}"]]}`, 'keys[0].alg must be RS256 or ES256'],
    ['a key that is null', '{"keys":[null]}', 'keys[0] must be an object'],
  ])('%s', (_, text, problem) => {
    expect(errorOf(text)).toMatchObject({ problem });
    expect(errorOf(text).message).not.toContain(secret);
  });

  test('nine keys', async () => {
    const keys = await Promise.all([...'abcdefghi'].map((kid) => keyDraft(kid)));
    expect(readSigningKeys(keyText(...keys.slice(1))).publicKeys().keys).toHaveLength(8);
    expect(errorOf(keyText(...keys)).problem).toBe('keys must be a list of 1 to 8 keys');
  });

  test('two keys of one ID', async () => {
    const keys = [await keyDraft('a'), await keyDraft('b'), { ...(await keyDraft('c')), kid: 'a' }];
    expect(errorOf(keyText(...keys)).problem).toBe('keys[2].kid is there twice');
  });
});

describe('what is published', () => {
  test.each([
    ['RS256', ['alg', 'e', 'kid', 'kty', 'n', 'use']],
    ['ES256', ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
  ] as const)('of a key for %s, and nothing else', async (alg, members) => {
    const key = await keyDraft('a', { alg });
    const [published = {}] = readSigningKeys(keyText(key)).publicKeys().keys;
    expect(Object.keys(published).sort()).toEqual(members);
    expect(key).toMatchObject(published);
  });

  test('a private member that a key should not have does not get out, whatever it is called', async () => {
    const others = { oth: [{ d: secret }], k: secret, x5c: [secret], note: secret, key_ops: ['sign'] };
    const drafts = [await keyDraft('a', { alg: 'RS256' }), await keyDraft('b')];
    // each with the private members of the other too
    const keys = drafts.map((key, index) => ({ ...drafts[1 - index], ...others, ...key }));
    const raw = keyText(...keys).replace('{"keys":[{', `{"keys":[{"__proto__":{"d":"${secret}"},`);
    const text = JSON.stringify(readSigningKeys(raw).publicKeys());
    expect(text).not.toContain(secret);
    for (const key of keys) {
      for (const name of privateMembers)
        if (name in key) expect(text).not.toContain(JSON.stringify(Object(key)[name]));
    }
  });

  test('changing it changes nothing here', async () => {
    const keys = readSigningKeys(keyText(await keyDraft('a')));
    const [first] = keys.publicKeys().keys;
    (first as { kid: string }).kid = 'evil';
    expect(keys.publicKeys().keys[0]).toMatchObject({ kid: 'a' });
  });

  test('every key at once, whatever its time', async () => {
    const keys = [
      await keyDraft('a', { signFrom: '2020-01-01T00:00:00Z' }),
      await keyDraft('b', { signFrom: '2099-01-01T00:00:00Z' }),
    ];
    expect(
      readSigningKeys(keyText(...keys))
        .publicKeys()
        .keys.map(({ kid }) => kid),
    ).toEqual(['a', 'b']);
  });
});

describe('which key signs', () => {
  const at = (time: string) => Date.parse(time);
  test.each([
    ['none before the first time', '2026-11-24T11:59:59.999Z', undefined],
    ['the first from then on', '2026-11-24T12:00:00Z', 'first'],
    ['and until the next', '2026-11-24T12:59:59.999Z', 'first'],
    ['the next, in another zone', '2026-11-24T13:00:00Z', 'next'],
    ['of two with one time, the later in the list', '2026-11-24T14:00:00Z', 'later'],
    ['and so for ever', '2099-01-01T00:00:00Z', 'later'],
  ])('%s', async (_, now, kid) => {
    const keys = readSigningKeys(
      keyText(
        await keyDraft('same', { signFrom: '2026-11-24T14:00:00Z' }),
        await keyDraft('next', { signFrom: '2026-11-24T15:00:00+02:00' }),
        await keyDraft('later', { signFrom: '2026-11-24T14:00:00Z' }),
        await keyDraft('first', { signFrom: '2026-11-24T12:00:00Z' }),
      ),
    );
    expect(keys.current(at(now))?.kid).toBe(kid);
  });

  test.each(['RS256', 'ES256'] as const)(
    '%s: it signs, is imported once, and cannot be exported',
    async (alg) => {
      const keys = readSigningKeys(keyText(await keyDraft('a', { alg })));
      const signer = keys.current(Date.now());
      const key = await signer?.key();
      expect(await signer?.key()).toBe(key);
      expect(key).toMatchObject({ type: 'private', extractable: false, usages: ['sign'] });
      await expect(crypto.subtle.exportKey('jwk', key as never)).rejects.toThrow();
      const jwt = await new SignJWT({}).setProtectedHeader({ alg }).sign(key as never);
      const [published] = keys.publicKeys().keys;
      await expect(jwtVerify(jwt, published as never)).resolves.toBeTruthy();
    },
  );
});

describe('attack: the halves of two keys, so that nobody could verify what is signed', () => {
  test.each([
    ['RS256', 'n'],
    ['ES256', 'd'],
  ] as const)('%s with the %s of another', async (alg, member) => {
    const [good, other] = [await keyDraft('good', { alg }), await keyDraft('other', { alg })];
    await expect(readSigningKeys(keyText(good)).check()).resolves.toBeUndefined();
    const keys = readSigningKeys(keyText(good, { ...other, [member]: good[member] }));
    await expect(keys.check()).rejects.toMatchObject({
      code: 'configuration',
      problem: 'the parts of keys[1] do not make one key',
    });
    const mixed = readSigningKeys(keyText({ ...other, [member]: good[member] }));
    await expect(mixed.current(Date.now())?.key()).rejects.toThrow();
  });
});
