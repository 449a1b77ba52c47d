/**
 * Why a connection failed, in words, and what to do about it. Told by the system's codes: messages of errors may hold
 * what was sent.
 *
 * @module
 */
import { BodyTooLargeError } from '../../lib/body.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';

type Reason = readonly [seen: string, fix: string];

const slow: Reason = [
  'no answer in time',
  'check the way there, its firewalls and its proxy; or give --timeout more',
];
const unreachable: Reason = [
  'there is no way there',
  'check the network of this machine, its firewalls and its proxy',
];
const broken: Reason = [
  'the connection was broken off',
  'check what listens there, and what stands before it',
];
const proxy: Reason = [
  'the proxy does not let it through',
  'check HTTPS_PROXY, and NO_PROXY for what needs none',
];
const untrusted = 'its certificate is from a CA that is not trusted';

const reasons: Readonly<Record<string, Reason>> = {
  ENOTFOUND: [
    'the name does not resolve',
    'check the name, and the DNS of this machine; behind a proxy set NODE_USE_ENV_PROXY=1',
  ],
  EAI_AGAIN: [
    'DNS does not answer',
    'check the DNS of this machine; behind a proxy set NODE_USE_ENV_PROXY=1',
  ],
  ECONNREFUSED: ['the connection is refused', 'check that it runs, and its port'],
  ECONNRESET: broken,
  EPIPE: broken,
  UND_ERR_SOCKET: broken,
  ETIMEDOUT: slow,
  UND_ERR_CONNECT_TIMEOUT: slow,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  UND_ERR_ABORTED: proxy,
  ERR_PROXY_TUNNEL: proxy,
  CERT_HAS_EXPIRED: ['its certificate has expired', 'renew it, and have what serves it read it anew'],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'check the clock of this machine'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'call it by a name in the certificate, or issue one for this name',
  ],
  EPROTO: ['it does not speak TLS', 'check the port, and whether https:// is meant'],
};

const trustCodes: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

/** Why, and what to do about it. @param trustFix what to do where the CA of a certificate is not trusted */
export function unreached(error: unknown, trustFix: string): CommandError & { readonly fix: string } {
  const [what, fix] = reasonOf(error, trustFix);
  return Object.assign(new CommandError(exitCodes.noVerdict, what, fix), { fix });
}

export function isTimeout(error: unknown): boolean {
  return (error as Error | null)?.name === 'TimeoutError';
}

function reasonOf(error: unknown, trustFix: string): Reason {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  if (isTimeout(error)) return slow;
  if (error instanceof BodyTooLargeError) return ['the answer is far too long', 'check what answers there'];
  const word = String(cause?.code ?? code ?? '');
  if (trustCodes.has(word)) return [`${untrusted} (${word})`, trustFix];
  const known = reasons[word] ?? (word.startsWith('ERR_SSL_') ? reasons.EPROTO : undefined);
  const told = /^[A-Z][A-Z0-9_]{0,63}$/.test(word) ? ` (${word})` : '';
  const [seen, fix] = known ?? ['the connection failed', 'check the address, the network and its proxy'];
  return [`${seen}${told}`, fix];
}
