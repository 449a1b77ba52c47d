/**
 * What a caller who gets nothing is told: less than the log says.
 *
 * @module
 */
import { type AccessCode, accessTexts } from '../errors/access.ts';

/** How a caller got nothing. */
export interface Kept {
  readonly verdict: 'foreign' | 'denied' | 'refused' | 'throttled' | 'unavailable' | 'rejected';
  readonly code?: string;
  readonly retryAfterMs?: number | undefined;
}

/** Told in place of the code: of a policy no more than that it does not let them in. */
const told: Partial<Record<Kept['verdict'], AccessCode>> = {
  foreign: 'token_foreign',
  denied: 'not_allowed',
  unavailable: 'unavailable',
};

/** Of the configuration nothing is told either. */
export function toldOf({ verdict, code = '' }: Kept): AccessCode {
  const own = told[verdict];
  if (own) return own;
  if (code === 'caller_throttled') return 'client_throttled';
  if (verdict === 'throttled' && !(code in accessTexts)) return 'unavailable';
  if (verdict !== 'refused' || code in accessTexts) return code as AccessCode;
  return /^(?:sts|region|global|access_key_not|jwt)_/.test(code) ? 'token_refused' : 'token_malformed';
}
