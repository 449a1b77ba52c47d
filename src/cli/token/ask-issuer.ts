/**
 * The exchange of a signed URL for a JWT (RFC 8693).
 *
 * @module
 */
import { member } from '../../lib/json.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { requestJson } from '../json-request.ts';
import { endOf, type IssuedToken, isJwt } from './issued-token.ts';

const jwtType = 'urn:ietf:params:oauth:token-type:jwt';

/**
 * Asks the issuer.
 *
 * @param issuer its URL, which is what the token was signed for
 * @throws {CommandError} refused, or without a verdict
 */
export async function askIssuer(issuer: string, subjectToken: string): Promise<IssuedToken> {
  const askedAt = Date.now();
  const { status, body } = await requestJson(`${issuer}/token`, 'the issuer', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: subjectToken,
      subject_token_type: 'urn:callerid:params:oauth:token-type:k8s-aws-v1',
    }),
  });
  if (status !== 200) throw notIssued(status, body);
  const token = member(body, 'access_token');
  const expiresIn = member(body, 'expires_in');
  const end = isJwt(token) ? endOf(token, issuer) : undefined;
  if (
    !isJwt(token) ||
    end === undefined ||
    member(body, 'issued_token_type') !== jwtType ||
    String(member(body, 'token_type')).toLowerCase() !== 'bearer' ||
    typeof expiresIn !== 'number' ||
    !(expiresIn > 0 && expiresIn <= 86_400)
  ) {
    throw noVerdict('the issuer answered with something else than a JWT of its own', 'is it the right URL?');
  }
  const expiresAt = Math.min(end, askedAt + expiresIn * 1000);
  if (expiresAt > Date.now()) return { token, expiresAt };
  throw noVerdict('the JWT of the issuer has ended already', 'check the clock of this machine');
}

function notIssued(status: number, body: unknown): CommandError {
  const told = toldBy(body) ?? `HTTP ${status}`;
  if (status >= 400 && status < 500 && status !== 429) {
    return new CommandError(exitCodes.refused, `the issuer refused: ${told}`);
  }
  return noVerdict(`the issuer gave no verdict: ${told}`, 'try again');
}

/** The server's own code and words, as far as they are printable, short, and nothing that looks like a token. */
function toldBy(body: unknown): string | undefined {
  const code = [member(body, 'code'), member(body, 'error')].find(
    (value) => typeof value === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(value),
  );
  if (code === undefined) return undefined;
  const text = member(body, 'error_description');
  if (typeof text !== 'string') return String(code);
  const words = text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/[\w.+%=-]{48,}/g, '[…]')
    .trim();
  return words === '' ? String(code) : `${code}: ${words.slice(0, 300)}`;
}

function noVerdict(what: string, fix: string): CommandError {
  return new CommandError(exitCodes.noVerdict, what, fix);
}
