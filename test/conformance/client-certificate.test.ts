/**
 * Client certificates: what the edge says of them, the forms of the headers of proxies, and who is let in by one.
 */
import { describe, expect, test } from 'vitest';
import { createAdmin } from '../../src/http/admin/admin.ts';
import { createWebhook } from '../../src/http/webhook.ts';
import { createApp } from '../../src/runtime/app.ts';
import {
  type CertificateForm,
  certificateForms,
  certificateInHeader,
} from '../../src/runtime/certificate-header.ts';
import { edgeCertificate } from '../../src/runtime/edge-certificate.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { base64, bytes, fingerprint, headers, pem, tlsClientAuth } from '../support/client-certificate.ts';
import { answerOf, bearer, Deployment, people, prod, sha256, staging } from '../support/deployment.ts';

const other = 'ab'.repeat(32);

describe('tlsClientAuth of the edge', () => {
  const with_ = (change: object) => ({ tlsClientAuth: { ...tlsClientAuth, ...change } });

  test.each<[name: string, cf: unknown]>([
    ['verified, not revoked', with_({})],
    ['with more that the edge may say', with_({ certRFC9440: headers.rfc9440, certNotAfter: 'Nov 22 2036' })],
    ['in capitals', with_({ certFingerprintSHA256: fingerprint.toUpperCase() })],
  ])('a certificate: %s', (_, cf) => {
    expect(edgeCertificate(cf)).toEqual(bytes(fingerprint));
  });

  test.each<[attack: string, cf: unknown]>([
    ['not on Workers', undefined],
    ['no cf', null],
    ['cf that is text', 'tlsClientAuth'],
    ['no TLS', {}],
    ['tlsClientAuth null', { tlsClientAuth: null }],
    ['tlsClientAuth as text', { tlsClientAuth: JSON.stringify(tlsClientAuth) }],
    ['tlsClientAuth inherited', Object.create({ tlsClientAuth })],
    ['what it says inherited', { tlsClientAuth: Object.create(tlsClientAuth) }],
    ['a list', { tlsClientAuth: [tlsClientAuth] }],
    [
      'no certificate presented',
      with_({ certPresented: '0', certVerified: 'NONE', certFingerprintSHA256: '' }),
    ],
    ['no certificate presented, though the rest is there', with_({ certPresented: '0' })],
    ['a certificate of another CA', with_({ certVerified: 'FAILED:unable to get local issuer certificate' })],
    ['a certificate signed by itself', with_({ certVerified: 'FAILED:self signed certificate' })],
    ['a certificate that has expired', with_({ certVerified: 'FAILED:certificate has expired' })],
    ['nothing verified', with_({ certVerified: 'NONE' })],
    ['verified in another case', with_({ certVerified: 'success' })],
    ['verified as a flag', with_({ certVerified: true })],
    ['verified left out', with_({ certVerified: undefined })],
    ['a revoked certificate, which is verified all the same', with_({ certRevoked: '1' })],
    ['revocation that nobody knows', with_({ certRevoked: '' })],
    ['revocation left out', with_({ certRevoked: undefined })],
    ['not revoked as a number', with_({ certRevoked: 0 })],
    ['presented as a number', with_({ certPresented: 1 })],
    ['no fingerprint', with_({ certFingerprintSHA256: '' })],
    ['the SHA-1 fingerprint', with_({ certFingerprintSHA256: fingerprint.slice(0, 40) })],
    ['a fingerprint and more', with_({ certFingerprintSHA256: `${fingerprint}00` })],
    ['a fingerprint and a line feed', with_({ certFingerprintSHA256: `${fingerprint}\n` })],
    ['a list of fingerprints', with_({ certFingerprintSHA256: [fingerprint] })],
  ])('no certificate: %s', (_, cf) => {
    expect(edgeCertificate(cf)).toBeUndefined();
  });

  test.each(Object.keys(tlsClientAuth).filter((name) => name !== 'certSubjectDN'))(
    'no certificate: without %s, which Object.prototype has',
    (name) => {
      const { [name]: value, ...rest } = tlsClientAuth as Record<string, string>;
      expect(edgeCertificate({ tlsClientAuth: Object.assign(Object.create({ [name]: value }), rest) })).toBe(
        undefined,
      );
    },
  );
});

describe('the header of a proxy', () => {
  test('every form has its rows', () => {
    expect(certificateForms).toEqual(Object.keys(headers));
  });

  test.each<[form: CertificateForm, name: string, value: string]>([
    ['rfc9440', 'as it is', headers.rfc9440],
    ['pem', 'of nginx', headers.pem],
    ['pem', 'of the Application Load Balancer, with + = / left bare', encodeURI(pem)],
    ['pem', 'in lower-case hexadecimal', headers.pem.replace(/%../g, (code) => code.toLowerCase())],
    ['pem', 'with line ends of Windows', encodeURIComponent(pem.replaceAll('\n', '\r\n'))],
    ['pem', 'without a line end', encodeURIComponent(pem.trim())],
    ['xfcc', 'of Envoy', headers.xfcc],
    ['xfcc', 'nothing but the hash', `Hash=${fingerprint}`],
    ['xfcc', 'with the key in another case', `hash=${fingerprint}`],
    [
      'xfcc',
      'of Istio, whose subject is empty',
      `By=spiffe://a;Hash=${fingerprint};Subject="";URI=spiffe://b`,
    ],
    ['xfcc', 'with several names', `Hash=${fingerprint};DNS=a.example;DNS=b.example;URI=http://c`],
    ['xfcc', 'with the certificate, which is not read', `Hash=${fingerprint};Cert="${headers.pem}"`],
    ['sha256', 'of HAProxy', headers.sha256],
    ['sha256', 'in lower case', fingerprint],
  ])('%s, a certificate: %s', async (form, _, value) => {
    expect(await certificateInHeader(form, value)).toEqual(bytes(fingerprint));
  });

  const block = pem.trim();

  test.each<[form: CertificateForm, attack: string, value: string | null]>([
    ...certificateForms.flatMap((form): [CertificateForm, string, string | null][] => [
      [form, 'no header', null],
      [form, 'an empty header, of a connection without a certificate', ''],
      [form, "the header twice, a client's first", `${headers[form]}, ${headers[form]}`],
      [form, 'the header twice, joined without a space', `${headers[form]},${headers[form]}`],
      [form, 'the header twice, and one of them empty', `${headers[form]}, `],
      [form, 'an empty one and the header', `, ${headers[form]}`],
      [form, 'the fingerprint with colons', fingerprint.match(/../g)!.join(':')],
      [form, 'a name of Object.prototype', '__proto__'],
      [form, 'the PEM, not encoded', pem],
      ...certificateForms
        .filter((another) => another !== form)
        .map((another): [CertificateForm, string, string] => [form, `the form ${another}`, headers[another]]),
    ]),
    ['xfcc', 'a name that holds another hash', `Hash=${fingerprint};Subject="CN=a;Hash=${other}"`],
    [
      'xfcc',
      "a client's element with an open quote, which a quote in a name of its certificate closes",
      `Hash=${fingerprint};X=",By=a;Hash=${other};URI="b`,
    ],
    ['rfc9440', 'nothing between the colons', '::'],
    ['rfc9440', 'bare base64', base64],
    ['rfc9440', 'base64url', `:${base64.replaceAll('+', '-').replaceAll('/', '_')}:`],
    ['rfc9440', 'with a parameter', `${headers.rfc9440};a=b`],
    ['rfc9440', 'as a list', `(${headers.rfc9440})`],
    ['rfc9440', 'in quotes', `"${base64}"`],
    ['rfc9440', 'a space in it', `: ${base64}:`],
    ['rfc9440', 'broken base64', `:${base64}A:`],
    ['pem', 'two certificates, of which one is right', encodeURIComponent(`${pem}${pem}`)],
    ['pem', 'text before it', encodeURIComponent(`subject=CN = api-server\n${pem}`)],
    ['pem', 'text after it', encodeURIComponent(`${pem}x`)],
    ['pem', 'encoded twice', encodeURIComponent(headers.pem)],
    ['pem', 'spaces as +', headers.pem.replaceAll('%20', '+')],
    ['pem', 'a broken percent-encoding', `${headers.pem}%`],
    ['pem', 'half a character', `${headers.pem}%c3`],
    ['pem', 'nothing in it', encodeURIComponent(block.replace(/-\n[\s\S]+\n-/, '-\n\n-'))],
    ['pem', 'a certificate of another kind', encodeURIComponent(pem.replaceAll('CERTIFICATE', 'X509 CRL'))],
    ['pem', 'a key', encodeURIComponent(pem.replaceAll('CERTIFICATE', 'PRIVATE KEY'))],
    ['pem', 'broken base64', encodeURIComponent(pem.replace('MIIB', 'MIIB='))],
    ['xfcc', 'an element that a client began', `Hash=${fingerprint},By=http://proxy;Hash=${other}`],
    ['xfcc', 'an element appended', `By=http://proxy;Hash=${other},Hash=${fingerprint}`],
    ['xfcc', 'two hashes', `Hash=${other};Hash=${fingerprint}`],
    ['xfcc', 'two hashes in other cases', `HASH=${fingerprint};hash=${other}`],
    ['xfcc', 'the same hash twice', `Hash=${fingerprint};Hash=${fingerprint}`],
    ['xfcc', 'a second hash behind a space', `Hash=${fingerprint}; Hash=${other}`],
    ['xfcc', 'a hash in a quoted name alone', `By=a;Subject="x;Hash=${fingerprint};y"`],
    ['xfcc', 'a name with an escaped quote', `Hash=${fingerprint};Subject="a\\"b"`],
    [
      'xfcc',
      'a name that ends in a backslash, to end its quotes',
      `Hash=${other};Subject="a\\";Hash=${fingerprint};URI="b"`,
    ],
    [
      'xfcc',
      'names with quotes, to hide the hash between them',
      `Subject="a\\";Hash=${fingerprint};X=";Hash=${other};DNS="b\\""`,
    ],
    ['xfcc', 'a quote that is not closed', `Hash=${fingerprint};Subject="a`],
    [
      'xfcc',
      "a client's quote around the proxy's element",
      `Hash=${fingerprint};A=", By=b;Hash=${other};C="d"`,
    ],
    ['xfcc', 'a quoted hash', `Hash="${fingerprint}"`],
    ['xfcc', 'no hash', 'By=http://proxy;URI=http://client'],
    ['xfcc', 'an empty hash', 'By=http://proxy;Hash='],
    ['xfcc', 'a hash with a suffix', `Hash=${fingerprint}00`],
    ['xfcc', 'something that is no pair', `Hash=${fingerprint};x`],
    ['xfcc', 'a semicolon at the end', `Hash=${fingerprint};`],
    ['sha256', 'a digit too few', fingerprint.slice(1)],
    ['sha256', 'a digit too many', `${fingerprint}0`],
    ['sha256', 'a prefix', `0x${fingerprint}`],
    ['sha256', 'digits that are none', 'g'.repeat(64)],
  ])('%s, no certificate: %s', async (form, _, value) => {
    expect(await certificateInHeader(form, value)).toBeUndefined();
  });
});

describe('a webhook', () => {
  /** `prod` takes the certificate, `staging` another one, both besides their secrets. */
  async function ask(
    presented: string | undefined,
    { path = '/authenticate', authorization }: { path?: string; authorization?: string } = {},
  ) {
    const deployment = await Deployment.start();
    const taken: Record<string, string> = { [prod]: fingerprint, [staging]: other };
    const clusters = [...deployment.clusters.values()].map((cluster) => {
      const { apiServerAuth } = cluster;
      const certificateDigests = [taken[cluster.id]].flatMap((hex) => (hex === undefined ? [] : bytes(hex)));
      if (apiServerAuth === 'none') throw new Error('every cluster here has a secret');
      return { ...cluster, apiServerAuth: { ...apiServerAuth, certificateDigests } };
    });
    const app = createWebhook({
      clusters,
      defaultCluster: prod,
      taskContext: () => undefined,
      clientCertificate: async () => (presented === undefined ? undefined : bytes(presented)),
      log: () => {},
    });
    const token = await deployment.sign(people.admin);
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }),
    };
    return answerOf(await app.fetch(new Request(`https://webhook.example.net${path}`, init)));
  }

  test.each<[name: string, presented: string | undefined, asking: { path?: string; authorization?: string }]>(
    [
      ['a certificate and no secret', fingerprint, {}],
      ['a certificate, at the cluster by name', fingerprint, { path: `/clusters/${prod}/authenticate` }],
      ['a certificate and a wrong secret', fingerprint, { authorization: 'Bearer x' }],
      ['the secret and no certificate', undefined, { authorization: bearer(prod) }],
      ['the secret and another certificate', other, { authorization: bearer(prod) }],
      ['both', fingerprint, { authorization: bearer(prod) }],
    ],
  )('lets in by %s', async (_, presented, asking) => {
    expect((await ask(presented, asking)).body.status.authenticated).toBe(true);
  });

  test.each<[attack: string, presented: string | undefined, path?: string]>([
    ['no certificate', undefined],
    ['another certificate', 'cd'.repeat(32)],
    ['the certificate of another cluster', other],
    ['the certificate of another cluster, there', fingerprint, `/clusters/${staging}/authenticate`],
    ['an unknown cluster', fingerprint, '/clusters/nowhere/authenticate'],
    ['a cluster without a certificate', fingerprint, '/clusters/bare.example.com/authenticate'],
    [
      'no digest at all, against what fills the comparison',
      '00'.repeat(32),
      '/clusters/nowhere/authenticate',
    ],
    ['zeros, against what fills the comparison', '00'.repeat(32)],
    ['nothing for a fingerprint', ''],
    ['half a fingerprint', fingerprint.slice(0, 32)],
    ['a fingerprint and more', `${fingerprint}00`],
    ['the last bit of it flipped', fingerprint.replace(/4$/, '5')],
    ['the first bit of it flipped', fingerprint.replace(/^1/, '9')],
  ])('401, the same for all: %s', async (_, presented, path = '/authenticate') => {
    const { status, headers: shown, text, decisionId } = await ask(presented, { path });
    expect([status, shown.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(text.replaceAll(decisionId, 'ID')).toBe(
      await ask(undefined).then((same) => same.text.replaceAll(same.decisionId, 'ID')),
    );
  });

  test('401: the fingerprint, which is public, as a secret, or a secret as a fingerprint', async () => {
    expect((await ask(undefined, { authorization: `Bearer ${fingerprint}` })).status).toBe(401);
    const digest = Array.from(await sha256(bearer(prod).slice('Bearer '.length)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('');
    expect((await ask(digest)).status).toBe(401);
  });
});

test('nobody administrates by a certificate', async () => {
  const settings = readSettings({
    CALLERID_CLUSTER: prod,
    CALLERID_API_SERVER_CERTIFICATE_SHA256: fingerprint,
    CALLERID_ADMIN_SECRET_SHA256: fingerprint,
  });
  const store = new MemoryStore();
  const app = createApp(settings, {
    store,
    writer: store,
    createAdmin,
    taskContext: () => undefined,
    clientCertificate: async () => bytes(fingerprint),
    log: () => {},
  });
  const statusOf = async (path: string, method: string) =>
    (await app.fetch(new Request(`https://webhook.example.net${path}`, { method }))).status;
  expect(await statusOf('/authenticate', 'POST')).toBe(415); // let in, though without a review
  for (const path of ['/clusters', `/clusters/${prod}/policy`, `/clusters/${prod}/history`]) {
    expect([path, await statusOf(path, 'GET')]).toEqual([path, expect.toBeOneOf([401, 404])]);
  }
  expect(await statusOf(`/clusters/${prod}/policy`, 'GET')).toBe(401);
  expect(await statusOf(`/clusters/${prod}/policy`, 'PUT')).toBe(401);
});
