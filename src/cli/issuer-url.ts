/**
 * The URL of an issuer, as it is signed and compared: to the letter.
 *
 * @module
 */
import { isLoopback } from '../lib/loopback.ts';
import { isVerifierAudience } from '../token/audience.ts';
import { usageError } from './exit-codes.ts';

/** @throws where it is none, or would not come back as it is written */
export function readIssuerUrl(option: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) ||
    (url.href !== text && url.origin !== text) ||
    url.username + url.password !== '' ||
    /[?#]|\/$/.test(text) ||
    !isVerifierAudience(text)
  ) {
    throw usageError(
      `${option}: not the URL of an issuer`,
      'give one such as https://callerid.example.com/clusters/prod, with nothing behind it',
    );
  }
  return url;
}
