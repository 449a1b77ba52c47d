/**
 * A throwaway certificate authority. Its key is made anew each time, stays in memory and signs for some days.
 *
 * @module
 */
import 'reflect-metadata'; // the library below needs it, and first
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate with its private key, both in PEM. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of one's own. */
export interface CertificateAuthority {
  /** Its certificate, for clients to trust. */
  readonly pem: string;
  /** Issues a certificate for DNS names and IP addresses, for servers and clients of TLS, by default for some days. */
  readonly issue: (names: readonly string[], validity?: Validity) => Promise<KeyedCertificate>;
}

/** When a certificate is good. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;

/** Makes an authority (ECDSA P-256). */
export async function createCertificateAuthority(commonName: string): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    ...someDays(),
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    pem: `${certificate.toString('pem')}\n`,
    async issue(names, validity = someDays()) {
      const leaf = await generateKeys();
      const signed = await X509CertificateGenerator.create({
        subject: `CN=${names[0]}`,
        issuer: certificate.subject,
        publicKey: leaf.publicKey,
        signingKey: keys.privateKey,
        ...validity,
        signingAlgorithm: algorithm,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
          new SubjectAlternativeNameExtension(
            names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
          ),
          await SubjectKeyIdentifierExtension.create(leaf.publicKey),
          await AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      const key = await crypto.subtle.exportKey('pkcs8', leaf.privateKey);
      return { cert: signed.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
    },
  };
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** From a day ago, for clocks that are behind, to a week ahead. */
function someDays(): Validity {
  const now = Date.now();
  return { notBefore: new Date(now - dayMs), notAfter: new Date(now + 7 * dayMs) };
}
