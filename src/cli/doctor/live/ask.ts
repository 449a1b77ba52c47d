/**
 * Asking STS one of the questions.
 *
 * @module
 */

import type { AwsCredentials } from '../../../token/credentials.ts';
import { decodeToken } from '../../../token/encoding.ts';
import { signToken } from '../../../token/sign.ts';
import type { ChosenEndpoint } from '../../token/endpoint.ts';
import { exchangeWithSts, nobodysAudience, type StsExchange } from '../sts-exchange.ts';
import type { Asking } from './questions.ts';

export interface Asker {
  readonly credentials: AwsCredentials;
  readonly endpoint: ChosenEndpoint;
  readonly timeoutMs: number;
  /** How far STS's clock is ahead of this machine's, in milliseconds. */
  readonly offsetMs: number;
}

/** Rejects as `fetch` does. */
export async function ask(asking: Asking, asker: Asker): Promise<StsExchange> {
  const { timeoutMs } = asker;
  const { audience = nobodysAudience, headers = {}, url = (signed) => signed } = asking;
  return exchangeWithSts(url(await signedUrl(asking, asker)), { audience, timeoutMs, headers });
}

/** The URL inside the token that callerid would sign. */
async function signedUrl(
  { minutes = 0, expires = 60, credentials = (own) => own, host }: Asking,
  { credentials: own, endpoint, offsetMs }: Asker,
): Promise<string> {
  const { token } = await signToken(credentials(own), {
    audience: nobodysAudience,
    endpoint: { host: host ?? endpoint.host, region: endpoint.region },
    now: Date.now() + offsetMs + minutes * 60_000,
    expires,
  });
  const decoded = decodeToken(token);
  if (!decoded.ok) throw new Error('a token of our own does not decode');
  return decoded.url;
}
