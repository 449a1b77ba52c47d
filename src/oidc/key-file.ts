/**
 * The text in which signing keys are kept: a JWK set with private keys, each with the time from which it signs.
 *
 * @module
 */
import * as v from 'valibot';
import { ConfigurationError } from '../errors/classes.ts';
import { time } from '../mapping/schema.ts';
import { signingAlgorithms } from './algorithms.ts';

/** As many keys as are published at once. */
export const maxSigningKeys = 8;

/** In bits: below it is weak, and above it slow, and not taken by every client. */
const rsaBits = { least: 2048, most: 4096 };

/** A member that is base64url (RFC 7515, section 2), of so many bytes where that is fixed. */
function base64url(bytes?: number): v.GenericSchema<string> {
  const length = bytes === undefined ? undefined : Math.ceil((bytes * 8) / 6);
  return v.custom<string>(
    (value) =>
      typeof value === 'string' &&
      /^[\w-]{1,1024}$/.test(value) &&
      (length === undefined || value.length === length),
  );
}

const modulus = v.custom<string>((value) => {
  const bits = typeof value === 'string' && /^[\w-]{1,1024}$/.test(value) ? bitsOf(value) : 0;
  return bits >= rsaBits.least && bits <= rsaBits.most;
});

const common = {
  kid: v.pipe(v.string(), v.regex(/^[\w.-]{1,128}$/)),
  use: v.literal('sig'),
  signFrom: time,
};

const rsa = v.object({
  ...common,
  alg: v.literal('RS256'),
  kty: v.literal('RSA'),
  n: modulus,
  e: v.literal('AQAB'),
  d: base64url(),
  p: base64url(),
  q: base64url(),
  dp: base64url(),
  dq: base64url(),
  qi: base64url(),
});

const ec = v.object({
  ...common,
  alg: v.literal('ES256'),
  kty: v.literal('EC'),
  crv: v.literal('P-256'),
  x: base64url(32),
  y: base64url(32),
  d: base64url(32),
});

// As RFC 7517 has it, members that nobody here knows are left out, and no error.
const keySet = v.object({
  keys: v.pipe(v.array(v.variant('alg', [rsa, ec])), v.minLength(1), v.maxLength(maxSigningKeys)),
});

/** A private key with what is said of it. */
export type SigningJwk = v.InferOutput<typeof rsa> | v.InferOutput<typeof ec>;

/** What each member must be. Never a word of the library's own, which repeats what it was given. */
const wanted: Readonly<Record<string, string>> = {
  keys: `must be a list of 1 to ${maxSigningKeys} keys`,
  kid: 'must be 1 to 128 letters, digits and . _ -',
  alg: `must be ${signingAlgorithms.join(' or ')}`,
  use: 'must be sig',
  signFrom: 'must be a time such as 2026-11-24T05:00:00Z',
  kty: 'must be RSA for RS256, EC for ES256',
  n: `must be a modulus of ${rsaBits.least} to ${rsaBits.most} bits in base64url`,
  e: 'must be AQAB',
  crv: 'must be P-256',
};
const otherwise = 'must be there, in base64url: the private key is needed, whole';

/**
 * Reads signing keys.
 *
 * @param setting that the error names, and never a value
 * @throws {ConfigurationError}
 */
export function parseSigningKeys(text: string, setting: string): readonly SigningJwk[] {
  const read = v.safeParse(keySet, parseJson(text, setting));
  if (!read.success) throw wrong(setting, problemOf(read.issues[0].path));
  const { keys } = read.output;
  const kids = keys.map(({ kid }) => kid);
  const twice = kids.findIndex((kid, index) => kids.indexOf(kid) !== index);
  if (twice >= 0) throw wrong(setting, `keys[${twice}].kid is there twice`);
  return keys;
}

function parseJson(text: string, setting: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong(setting, 'is not JSON'); // what the parser says holds a part of the text
  }
}

function problemOf(path: readonly { readonly key?: unknown }[] = []): string {
  const [, index, member] = path.map(({ key }) => key);
  if (index === undefined) return `keys ${wanted.keys}`;
  if (member === undefined) return `keys[${index}] must be an object`;
  return `keys[${index}].${member} ${wanted[String(member)] ?? otherwise}`;
}

function wrong(setting: string, problem: string): ConfigurationError {
  return new ConfigurationError(setting, problem, 'Make keys with callerid keys create, see docs/issuer.md.');
}

/** Of a whole number in base64url, big-endian and without zeros in front (RFC 7518, section 2); 0 where it is none. */
function bitsOf(text: string): number {
  if (text.length % 4 === 1) return 0;
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const first = bytes.charCodeAt(0);
  return first === 0 ? 0 : bytes.length * 8 - (Math.clz32(first) - 24);
}
