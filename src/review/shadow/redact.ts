/**
 * Words of the incumbent, as they may be logged and told. What it says may repeat what it was asked, and that was a token.
 *
 * @module
 */
import { decodeToken, hasTokenPrefix } from '../../token/encoding.ts';

/** Longest text, in characters. */
const maxLength = 1024;

/**
 * Tokens, URLs, signatures, and words longer than a role's name may be (64): a session token is hundreds of characters. An ARN
 * is kept, since its names make it as long.
 */
const secrets =
  /(arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:[\w+=,.@/-]{1,200})|k8s-aws-v1\.[\w-]*|https?:\/\/[^\s"'<>]*|[0-9a-f]{64}|[\w+/=-]{65,}/g;

/** One line of printable ASCII without secrets. */
export function redact(text: string): string {
  return text
    .replace(secrets, (_, arn?: string) => arn ?? '[...]')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, maxLength);
}

/** So many characters of a secret in a row are no chance. */
const telling = 16;

/**
 * Words for a denial, unless they repeat what makes a token good, in whichever lines or letters: its base64, its signature,
 * its session token. Of a foreign token nobody knows what that is, so nothing is told.
 */
export function tellable(error: string, token: string): string {
  const read = hasTokenPrefix(token) ? decodeToken(token) : undefined;
  const [, ...signed] = read?.ok ? read.url.split(/X-Amz-S(?:ignature|ecurity-Token)=/) : [];
  const raw = [token, ...signed].join(' ').toLowerCase();
  const secret = raw + raw.replace(/%2f/g, '/').replace(/%2b/g, '+');
  const said = error.slice(0, maxLength).replace(/\s/g, '').toLowerCase();
  const repeats = [...said].some((_, at) => {
    const piece = said.slice(at, at + telling);
    return piece.length === telling && secret.includes(piece);
  });
  return read === undefined || repeats ? 'refused by the shadowed authenticator' : redact(error);
}
