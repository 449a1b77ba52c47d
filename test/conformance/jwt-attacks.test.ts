/**
 * Attacks by a JWT: each is signed as well as an attacker could, and none comes in.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { readStrictJson } from '../../src/jwt/strict-json.ts';
import { encodeBase64url } from '../../src/lib/base64url.ts';
import {
  base64url,
  claimsOf,
  codeOf,
  headerOf,
  issuer,
  jwtVerifierOf,
  makeKey,
  otherIssuer,
  publisher,
  role,
  second,
  signatureOf,
  signJwt,
  type TestKey,
  utf8,
} from '../support/jwt-setup.ts';
import { account, audience } from '../support/verifier-setup.ts';

let rsa: TestKey;
let ec: TestKey;
let attacker: TestKey;
let p256: TestKey;
beforeAll(async () => {
  [rsa, ec, attacker, p256] = await Promise.all([
    makeKey('RS256', 'rsa'),
    makeKey('ES384', 'ec'),
    makeKey('ES384', 'ec'),
    makeKey('ES256', 'p256'),
  ]);
}, 60_000);

const keys = () => ({ keys: [rsa.jwk, ec.jwk, p256.jwk] });
const verifierOf = (algorithms?: readonly ('RS256' | 'ES384')[]) =>
  jwtVerifierOf(publisher(keys).fetch, algorithms === undefined ? {} : { algorithms });
const verify = async (token: string) => codeOf(await verifierOf().verify(token));

const good = (claims: object = {}, aws: object = {}) => signJwt(ec, headerOf(ec), claimsOf(claims, aws));
const withHeader = (more: object) => signJwt(ec, headerOf(ec, more), claimsOf());
const unsigned = (alg: string) => `${base64url(JSON.stringify({ alg, kid: 'ec' }))}.${body()}.`;
const body = () => base64url(JSON.stringify(claimsOf()));
const raw = (from: string, to: string) =>
  signJwt(ec, headerOf(ec), JSON.stringify(claimsOf()).replace(from, to));
const rawHeader = (from: string, to: string) =>
  signJwt(ec, JSON.stringify(headerOf(ec)).replace(from, to), claimsOf());
const changed = async (change: (token: string) => string) => change(await good());
const resigned = async (change: (signature: Uint8Array) => Uint8Array) => {
  const [head, payload] = (await good()).split('.');
  const signature = await signatureOf(`${head}.${payload}`, ec);
  return `${head}.${payload}.${encodeBase64url(change(signature))}`;
};

async function hmacSigned(secret: Uint8Array<ArrayBuffer>): Promise<string> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const input = `${base64url('{"alg":"HS256","kid":"rsa"}')}.${body()}`;
  return `${input}.${encodeBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(input))))}`;
}

/** A signature of two numbers as ASN.1 has it. */
function asDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  const numbers = [signature.subarray(0, half), signature.subarray(half)].map((bytes) => [
    2,
    half + 1,
    0,
    ...bytes,
  ]);
  const content = numbers.flat();
  return Uint8Array.from([0x30, content.length, ...content]);
}

/** The same number with another last character, whose stray bits no byte takes. */
function respelled(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.slice(-1)) + 1];
}

/** Claims whose base64url ends with stray bits. */
async function respelledPart(index: 1 | 2): Promise<string> {
  const parts = (await signJwt(rsa, headerOf(rsa), claimsOf({ pad: 'x' }))).split('.');
  for (let more = 'x'; (parts[1] as string).length % 4 === 0; more += 'x')
    parts[1] = base64url(JSON.stringify(claimsOf({ pad: more })));
  parts[index] = respelled(parts[index] as string);
  return parts.join('.');
}

test('what is attacked comes in otherwise', async () => {
  expect(await verify(await good())).toBe('verified');
  expect(await verify(await signJwt(rsa, headerOf(rsa), claimsOf()))).toBe('verified');
});

type Attack = readonly [name: string, make: () => string | Promise<string>, code: string];

describe('a signature that proves nothing', () => {
  test.each<Attack>([
    ['alg none', () => unsigned('none'), 'jwt_algorithm'],
    ['alg None', () => unsigned('None'), 'jwt_algorithm'],
    ['alg nOnE', () => unsigned('nOnE'), 'jwt_algorithm'],
    ['alg missing', () => `${base64url('{"kid":"ec"}')}.${body()}.`, 'jwt_algorithm'],
    ['alg as a list', () => withHeader({ alg: ['ES384'] }), 'jwt_algorithm'],
    ['alg in another case', () => withHeader({ alg: 'es384' }), 'jwt_algorithm'],
    [
      'confusion: HS256, the public key as secret',
      () => hmacSigned(utf8(JSON.stringify(rsa.jwk))),
      'jwt_algorithm',
    ],
    [
      'an algorithm that no issuer of AWS has',
      () => signJwt(p256, headerOf(p256), claimsOf()),
      'jwt_algorithm',
    ],
    ['an algorithm of another kind of key', () => withHeader({ alg: 'RS256' }), 'jwt_key_unknown'],
    [
      'the key of somebody else under the same ID',
      () => signJwt(attacker, headerOf(attacker), claimsOf()),
      'jwt_signature',
    ],
    ['empty', () => changed((token) => token.replace(/[^.]*$/, '')), 'jwt_signature'],
    ['truncated', () => resigned((signature) => signature.subarray(0, 93)), 'jwt_signature'],
    ['with a byte more', () => resigned((signature) => Uint8Array.from([...signature, 0])), 'jwt_signature'],
    ['in DER form', () => resigned(asDer), 'jwt_signature'],
    ['of zeros', () => resigned((signature) => new Uint8Array(signature.length)), 'jwt_signature'],
    [
      'of other claims',
      async () => {
        const [head, , signature] = (await good()).split('.');
        return `${head}.${base64url(JSON.stringify(claimsOf({ jti: 'x' })))}.${signature}`;
      },
      'jwt_signature',
    ],
  ])('%s', async (_, make, code) => expect(await verify(await make())).toBe(code));

  test('an algorithm that this issuer does not have', async () => {
    const token = await signJwt(rsa, headerOf(rsa), claimsOf());
    expect(codeOf(await verifierOf(['ES384']).verify(token))).toBe('jwt_algorithm');
    expect(codeOf(await verifierOf(['RS256']).verify(token))).toBe('verified');
  });
});

describe('a header that leads elsewhere', () => {
  test.each<Attack>([
    ['no kid', () => withHeader({ kid: undefined }), 'jwt_header kid'],
    ['kid: a path', () => withHeader({ kid: '../../../../dev/null' }), 'jwt_key_unknown'],
    ['kid: SQL', () => withHeader({ kid: "x' UNION SELECT 'k" }), 'jwt_key_unknown'],
    ['kid: __proto__', () => withHeader({ kid: '__proto__' }), 'jwt_key_unknown'],
    ['kid: constructor', () => withHeader({ kid: 'constructor' }), 'jwt_key_unknown'],
    ['kid: of the end of another name', () => withHeader({ kid: 'RS256\nrsa' }), 'jwt_header kid'],
    ['kid: very long', () => withHeader({ kid: 'k'.repeat(257) }), 'jwt_header kid'],
    ['kid: empty', () => withHeader({ kid: '' }), 'jwt_header kid'],
    ['kid: a list', () => withHeader({ kid: ['ec'] }), 'jwt_header kid'],
    ['jku', () => withHeader({ jku: 'https://attacker.example.com/keys' }), 'jwt_header jku'],
    ['x5u', () => withHeader({ x5u: 'https://attacker.example.com/cert' }), 'jwt_header x5u'],
    ['jwk', () => signJwt(attacker, headerOf(attacker, { jwk: attacker.jwk }), claimsOf()), 'jwt_header jwk'],
    ['x5c', () => withHeader({ x5c: ['MIIB'] }), 'jwt_header x5c'],
    ['x5t', () => withHeader({ x5t: 'AAAA' }), 'jwt_header x5t'],
    ['crit', () => withHeader({ crit: ['exp'] }), 'jwt_header crit'],
    ['b64', () => withHeader({ b64: false, crit: ['b64'] }), 'jwt_header crit'],
    ['b64 alone', () => withHeader({ b64: true }), 'jwt_header b64'],
    ['zip', () => withHeader({ zip: 'DEF' }), 'jwt_header zip'],
    ['a nested JWT', () => withHeader({ cty: 'JWT' }), 'jwt_header cty'],
    ['enc', () => withHeader({ enc: 'A256GCM' }), 'jwt_header enc'],
    ['an access token', () => withHeader({ typ: 'at+jwt' }), 'jwt_type'],
    ['a typ that is no text', () => withHeader({ typ: null }), 'jwt_type'],
    ['a member twice', () => rawHeader('{', '{"alg":"none",'), 'jwt_header'],
    ['a member twice, escaped', () => rawHeader('{', '{"\\u0061lg":"none",'), 'jwt_header'],
    ['a list', () => signJwt(ec, '["ES384"]', claimsOf()), 'jwt_malformed'],
    ['null', () => signJwt(ec, 'null', claimsOf()), 'jwt_malformed'],
    [
      'alg from a prototype',
      () => signJwt(ec, '{"__proto__":{"alg":"ES384","kid":"ec"}}', claimsOf()),
      'jwt_algorithm',
    ],
  ])('%s', async (_, make, code) => expect(await verify(await make())).toBe(code));

  test.each(['jwt', 'Jwt', undefined])('typ may be %s', async (typ) =>
    expect(await verify(await withHeader({ typ }))).toBe('verified'),
  );
});

describe('a spelling that another parser reads in another way', () => {
  test.each<Attack>([
    ['five parts, as a JWE', () => changed((token) => `${token}.AAAA.AAAA`), 'foreign'],
    ['two parts', () => changed((token) => token.replace(/\.[^.]*$/, '')), 'foreign'],
    ['a dot at the end', () => changed((token) => `${token}.`), 'foreign'],
    ['white space before', () => changed((token) => ` ${token}`), 'foreign'],
    ['a line end after', () => changed((token) => `${token}\n`), 'foreign'],
    ['white space inside', () => changed((token) => token.replace('.', '. ')), 'foreign'],
    ['padding', () => changed((token) => `${token}==`), 'foreign'],
    ['plus and slash', () => changed((token) => `${token.slice(0, -2)}+/`), 'foreign'],
    ['stray bits of the payload', () => respelledPart(1), 'jwt_malformed'],
    ['stray bits of the signature', () => respelledPart(2), 'jwt_malformed'],
    ['a length that base64url cannot have', () => changed((token) => `${token}A`), 'jwt_malformed'],
    ['a claim twice', () => raw('{', `{"sub":"arn:aws:iam::${account}:role/Admin",`), 'jwt_claims'],
    ['a claim twice, escaped', () => raw('{', '{"\\u0069ss":"https://attacker.example.com",'), 'jwt_claims'],
    [
      'a claim twice, deep',
      () => raw('"aws_account"', '"aws_account":"444455556666","aws_account"'),
      'jwt_claims',
    ],
    [
      'a claim twice, beside a text of colons and quotes',
      () => raw('{', '{"a":"\\\\\\":","a":1,'),
      'jwt_claims',
    ],
    ['the issuer last, after another', () => raw('{', `{"iss":"${otherIssuer}",`), 'jwt_claims'],
    ['the issuer first, before another', () => raw('"jti"', `"iss":"${otherIssuer}","jti"`), 'foreign'],
    ['bytes that are no UTF-8', () => changed((token) => token.replace(/\.(.{4})/, '._-__')), 'foreign'],
    ['longer than the limit', () => good({ pad: 'x'.repeat(8192) }), 'jwt_too_long'],
    ['longer than anything that is looked at', () => good({ pad: 'x'.repeat(64 * 1024) }), 'foreign'],
  ])('%s', async (_, make, code) => expect(await verify(await make())).toBe(code));
});

describe('an issuer that is not the one', () => {
  test.each<readonly [name: string, iss: unknown]>([
    ['with a valid signature of another account', otherIssuer],
    ['a slash at the end', `${issuer}/`],
    ['upper case', issuer.toUpperCase()],
    ['a port', `${issuer}:443`],
    ['user info', issuer.replace('//', '//user@')],
    ['plain HTTP', issuer.replace('https', 'http')],
    ['a domain below', `${issuer}.attacker.example.com`],
    ['a path', `${issuer}/x`],
    ['a list', [issuer]],
    ['none', undefined],
    ['a name of every object', '__proto__'],
  ])('%s', async (_, iss) => expect(await verify(await good({ iss }))).toBe('foreign'));

  test('inherited from a prototype', async () => {
    expect(await verify(await raw('"iss":', '"__proto__":{"iss":0},"is":'))).toBe('foreign');
  });
});

describe('claims', () => {
  const huge = (name: string) => raw(`"${name}":${second}`, `"${name}":1e999`);
  test.each<Attack>([
    ['for another audience', () => good({ aud: 'https://other.example.com' }), 'jwt_audience'],
    ['an audience that begins so', () => good({ aud: `${audience}.attacker.example.com` }), 'jwt_audience'],
    ['the beginning of the audience', () => good({ aud: 'https://orders' }), 'jwt_audience'],
    ['the audience in another case', () => good({ aud: audience.toUpperCase() }), 'jwt_audience'],
    ['the audience in one text with others', () => good({ aud: `x ${audience}` }), 'jwt_audience'],
    ['a list without the audience', () => good({ aud: ['a', 'b'] }), 'jwt_audience'],
    ['an empty list', () => good({ aud: [] }), 'jwt_claims aud'],
    ['a list of more than text', () => good({ aud: [audience, 1] }), 'jwt_claims aud'],
    ['a list in a list', () => good({ aud: [[audience]] }), 'jwt_claims aud'],
    ['an object', () => good({ aud: { [audience]: audience } }), 'jwt_claims aud'],
    ['no audience', () => good({ aud: undefined }), 'jwt_claims aud'],
    ['expired this second', () => good({ iat: second - 300, exp: second }), 'jwt_expired'],
    ['expired by one second', () => good({ iat: second - 300, exp: second - 1 }), 'jwt_expired'],
    ['no end', () => good({ exp: undefined }), 'jwt_claims exp'],
    ['an end that is a text', () => good({ exp: String(second + 300) }), 'jwt_claims exp'],
    ['an end that is null', () => good({ exp: null }), 'jwt_claims exp'],
    ['an end without end', () => raw(`"exp":${second + 300}`, '"exp":1e999'), 'jwt_claims exp'],
    ['a huge end', () => good({ exp: Number.MAX_VALUE }), 'jwt_claims exp'],
    ['too long-lived', () => good({ exp: second + 3601 }), 'jwt_claims exp'],
    ['an end before its beginning', () => good({ iat: second + 50, exp: second + 40 }), 'jwt_claims exp'],
    ['no time of issue', () => good({ iat: undefined }), 'jwt_claims iat'],
    ['a time of issue that is a text', () => good({ iat: 'now' }), 'jwt_claims iat'],
    ['a time of issue without end', () => huge('iat'), 'jwt_claims iat'],
    ['from the future', () => good({ iat: second + 61 }), 'jwt_not_yet_valid'],
    ['not yet good', () => good({ nbf: second + 61 }), 'jwt_not_yet_valid'],
    ['nbf that is a text', () => good({ nbf: '0' }), 'jwt_claims nbf'],
    ['too old', () => good({ iat: second - 3661 }), 'jwt_too_old'],
    ['a huge negative time', () => good({ iat: -Number.MAX_VALUE }), 'jwt_too_old'],
    [
      'another account that AWS claims',
      () => good({}, { aws_account: '444455556666' }),
      'jwt_account aws_account',
    ],
    [
      'another account of the subject',
      () => good({ sub: 'arn:aws:iam::444455556666:role/Orders' }),
      'jwt_account sub',
    ],
    [
      'both of another account than the one configured',
      () => good({ sub: 'arn:aws:iam::444455556666:role/Orders' }, { aws_account: '444455556666' }),
      'jwt_account aws_account',
    ],
    ['no account', () => good({}, { aws_account: undefined }), 'jwt_claims aws_account'],
    [
      'an account that is a number',
      () => good({}, { aws_account: Number(account) }),
      'jwt_claims aws_account',
    ],
    [
      'no claims of AWS',
      () => good({ 'https://sts.amazonaws.com/': undefined }),
      'jwt_claims https://sts.amazonaws.com/',
    ],
    [
      'claims of AWS from a prototype',
      () => raw('"https://sts.amazonaws.com/"', '"__proto__"'),
      'jwt_claims https://sts.amazonaws.com/',
    ],
    ['a session', () => good({ sub: `arn:aws:sts::${account}:assumed-role/Orders/x` }), 'jwt_subject'],
    ['a federated user', () => good({ sub: `arn:aws:sts::${account}:federated-user/Fred` }), 'jwt_subject'],
    ['another partition', () => good({ sub: `arn:aws-cn:iam::${account}:role/Orders` }), 'jwt_subject'],
    ['a subject with a wildcard', () => good({ sub: `${role}*` }), 'jwt_subject'],
    ['a subject that is a list', () => good({ sub: [role] }), 'jwt_subject'],
    ['no subject', () => good({ sub: undefined }), 'jwt_subject'],
    ['org_id', () => good({}, { org_id: 'o-*' }), 'jwt_claims org_id'],
    [
      'ou_path of another organization',
      () => good({}, { org_id: 'o-exampleorg', ou_path: 'o-exampleorgid/r-ab12/' }),
      'jwt_claims ou_path',
    ],
    ['ou_path', () => good({}, { ou_path: '../' }), 'jwt_claims ou_path'],
    ['source_identity', () => good({}, { source_identity: '' }), 'jwt_claims source_identity'],
    ['principal_tags', () => good({}, { principal_tags: { team: ['orders'] } }), 'jwt_claims principal_tags'],
    ['request_tags', () => good({}, { request_tags: 'x' }), 'jwt_claims request_tags'],
    ['a line end in jti', () => good({ jti: 'a\nb' }), 'jwt_claims jti'],
  ])('%s', async (_, make, code) => expect(await verify(await make())).toBe(code));

  test('for others too, where it may be for this one alone', async () => {
    const ask = async (aud: unknown) =>
      codeOf(await verifierOf().verify(await good({ aud }), { soleAudience: true }));
    expect(await ask([audience, 'https://other.example.com'])).toBe('jwt_audiences');
    expect(await ask([audience, audience])).toBe('jwt_audiences');
    expect(await ask([audience])).toBe('verified');
    expect(await ask(audience)).toBe('verified');
  });
});

describe('a key set', () => {
  const verdictOf = async (set: unknown, token: string) =>
    codeOf(await jwtVerifierOf(publisher(() => set).fetch).verify(token));

  test('with a symmetric key', async () => {
    const secret = { kty: 'oct', kid: 'rsa', k: encodeBase64url(utf8('secret')), alg: 'RS256' };
    expect(await verdictOf({ keys: [secret, ec.jwk] }, await hmacSigned(utf8('secret')))).toBe(
      'jwt_algorithm',
    );
  });

  test('with a private key, which nobody keeps', async () => {
    expect(await verdictOf({ keys: [rsa.jwk, ec.privateJwk] }, await good())).toBe('jwt_key_unknown');
  });

  test('with keys of two kinds and one ID: each serves its algorithm', async () => {
    const set = {
      keys: [
        { ...rsa.jwk, kid: 'one' },
        { ...ec.jwk, kid: 'one' },
      ],
    };
    expect(await verdictOf(set, await withHeader({ kid: 'one' }))).toBe('verified');
    expect(
      await verdictOf(set, await signJwt(attacker, headerOf(attacker, { kid: 'one' }), claimsOf())),
    ).toBe('jwt_signature');
  });

  test.each<readonly [name: string, set: () => unknown]>([
    ['with two keys of one name', () => ({ keys: [ec.jwk, attacker.jwk] })],
    ['with a key for encryption alone', () => ({ keys: [{ ...ec.jwk, use: 'enc' }] })],
    ['with a key that may only sign', () => ({ keys: [{ ...ec.jwk, key_ops: ['sign'] }] })],
    ['without keys', () => ({ keys: [] })],
    ['that is none', () => ({ keys: {} })],
    [
      'of 33 keys',
      () => ({ keys: Array.from({ length: 33 }, (_, index) => ({ ...ec.jwk, kid: `ec${index}` })) }),
    ],
  ])('%s', async (_, set) => expect(await verdictOf(set(), await good())).toBe('jwt_keys_unexpected'));
});

test('a key that is no point of its curve: nobody comes in, whether its import sees that or its use', async () => {
  const { fetch } = publisher(() => ({ keys: [{ ...ec.jwk, x: ec.jwk.y }] }));
  const code = codeOf(await jwtVerifierOf(fetch).verify(await good()));
  expect(['jwt_keys_unexpected', 'jwt_signature']).toContain(code);
});

test('no refusal says anything that was in the token', async () => {
  const marks = { aud: 'https://secret-mark.example.com', sub: 'secret-mark', jti: 'secret-mark' };
  const tokens = [
    await good(marks),
    await withHeader({ kid: 'secret-mark' }),
    await withHeader({ 'secret-mark': 1, kid: 1 }),
  ];
  for (const token of tokens) {
    const result = await verifierOf().verify(token);
    expect(result.verdict).toBe('refused');
    expect(JSON.stringify(result)).not.toContain('secret-mark');
  }
});

test('attack: a name that an engine misreads when it is escaped, to hide that it is there twice', () => {
  expect(readStrictJson(String.raw`{"a\\":1}`).kind).toBe('twice');
  expect(readStrictJson(String.raw`{"a":{"b\\c":1}}`).kind).toBe('twice');
  expect(readStrictJson(String.raw`{"a":"\\","caf\u00e9":1}`).kind).toBe('object');
});
