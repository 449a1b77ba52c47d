/**
 * The client certificate of an API server, with the fingerprint that openssl gives for it, and as proxies pass it on. Its
 * key was thrown away.
 */

export const pem = `-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUbwuL55lhXrnGM+g/0Ch9IZPi2u4wCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKYXBpLXNlcnZlcjAeFw0yNjExMjUxNjE3NDNaFw0zNjExMjIx
NjE3NDNaMBUxEzARBgNVBAMMCmFwaS1zZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQHPOAEezseQCOJ/D2OM2+KKd1Z4apyFKEvPX6U/66ZvGpKzV+nv/fz
++4XJ72XYZtaedXEKtzbyeSyL7AZk8gYo1MwUTAdBgNVHQ4EFgQU90X9bADodrBc
wSPB97rvkaHvRhkwHwYDVR0jBBgwFoAU90X9bADodrBcwSPB97rvkaHvRhkwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAtFglpa5qvhPSAxhzVPiv
h+gl9y++8dIO5HsHUzC4oAACIQC0nd3dI8qYI3wrUmJWxawgYdwPmAlSrxevNA30
kruu2Q==
-----END CERTIFICATE-----
`;

export const fingerprint = '1da27a4487e1dc88156db6293685df85e3698038d4b4caef0324a4b4d9528b44';

export const base64: string = pem.replace(/-----.*-----|\s/g, '');

/** Its header, by the form. */
export const headers = {
  rfc9440: `:${base64}:`,
  pem: encodeURIComponent(pem),
  xfcc: `By=spiffe://example.com/proxy;Hash=${fingerprint};Subject="CN=api-server,O=Example"`,
  sha256: fingerprint.toUpperCase(),
} as const;

/** What Cloudflare's edge says of it. */
export const tlsClientAuth = {
  certPresented: '1',
  certVerified: 'SUCCESS',
  certRevoked: '0',
  certFingerprintSHA256: fingerprint,
  certSubjectDN: 'CN=api-server',
};

export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
