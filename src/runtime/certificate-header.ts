/**
 * The headers in which proxies that end TLS pass on the client's certificate, by their form. What is not wholly of a form
 * is no certificate: so is a header that came twice, since its values are joined by a comma.
 *
 * @module
 */
import { fromHex } from '../lib/hex.ts';

/** How a header says which certificate it was: in, its value; out, the SHA-256 fingerprint. */
type Form = (value: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

/** The forms, by the name that a deployment configures. */
const forms = {
  /** RFC 9440, the certificate as `:base64:`. */
  rfc9440: (value) => fingerprintOf(/^:([A-Za-z0-9+/]+={0,2}):$/.exec(value)?.[1]),
  /** PEM, percent-encoded; of nginx, ingress-nginx and the Application Load Balancer of AWS, which leaves `+ = /` bare. */
  pem: (value) => fingerprintOf(onlyBlock(value)),
  /** Envoy's `x-forwarded-client-cert`, of one element, with the fingerprint in its `Hash`. */
  xfcc: (value) => fromFingerprint(hashOfElement(value)),
  /** The fingerprint itself, in hexadecimal. */
  sha256: (value) => fromFingerprint(value),
} satisfies Readonly<Record<string, Form>>;

export type CertificateForm = keyof typeof forms;

/** Their names. */
export const certificateForms = Object.keys(forms) as readonly CertificateForm[];

/**
 * The SHA-256 fingerprint of the certificate in a header.
 *
 * @param value the header's; null where it is not there
 */
export async function certificateInHeader(
  form: CertificateForm,
  value: string | null,
): Promise<Uint8Array | undefined> {
  if (value === null) return undefined;
  try {
    return await forms[form](value);
  } catch {
    return undefined; // percent-encoding or base64 that is broken
  }
}

/** The base64 of the only certificate; a second one would be of a chain, or a client's. */
function onlyBlock(value: string): string | undefined {
  if (/\s/.test(value)) return undefined;
  const block = /^-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/;
  return block.exec(decodeURIComponent(value))?.[1];
}

async function fingerprintOf(base64: string | undefined): Promise<Uint8Array | undefined> {
  const der = Uint8Array.from(atob(base64 ?? ''), (byte) => byte.charCodeAt(0));
  return der.length === 0 ? undefined : new Uint8Array(await crypto.subtle.digest('SHA-256', der));
}

function fromFingerprint(hex: string | undefined): Uint8Array | undefined {
  return hex !== undefined && /^[0-9a-f]{64}$/i.test(hex) ? fromHex(hex) : undefined;
}

/**
 * The only `Hash` of the only element. A second one would be a client's: sent as a header that the proxy did not drop, or
 * written into a name of a certificate. Envoy escapes quotes in names by a backslash, but no backslashes, so where there is
 * one nobody can tell where the name ends.
 */
function hashOfElement(value: string): string | undefined {
  const pairs = value.replace(/"[^"]*"/g, '*').split(';');
  if (
    value.includes('\\') ||
    value.match(/hash=/gi)?.length !== 1 ||
    !pairs.every((pair) => /^[a-z]+=[^",]*$/i.test(pair))
  )
    return undefined;
  return pairs.find((pair) => /^hash=/i.test(pair))?.slice('hash='.length);
}
