/**
 * `CALLERID_CLIENT_CERTIFICATE_PROXY`: whose header is believed, and what is no name of a proxy.
 */
import type { Context } from 'hono';
import { describe, expect, test } from 'vitest';
import page from '../../docs/api-server.md?raw';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { certificateForms } from '../../src/runtime/certificate-header.ts';
import { certificateFromProxy } from '../../src/runtime/certificate-proxy.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { bytes, fingerprint, headers } from '../support/client-certificate.ts';

const base = { CALLERID_CLUSTER: 'prod.example.com', CALLERID_API_SERVER_CERTIFICATE_SHA256: fingerprint };
const good = { addresses: ['10.0.0.5'], header: 'client-cert', form: 'rfc9440' };
const variable = 'CALLERID_CLIENT_CERTIFICATE_PROXY';

function make(proxy: unknown, peer?: string, change: object = {}) {
  return certificateFromProxy(readSettings({ ...base, [variable]: proxy, ...change }), () => peer);
}

function presented(
  proxy: unknown,
  peer: string | undefined,
  sent: Record<string, string>,
): Promise<Uint8Array | undefined> {
  const raw = new Request('https://webhook.example.net/authenticate', { headers: sent });
  const certificate = make(proxy, peer) ?? expect.fail('no proxy was taken');
  return certificate({ req: { raw } } as Context);
}

const sent = { 'client-cert': headers.rfc9440 };

describe('a peer', () => {
  test.each<[addresses: string[], peer: string]>([
    [['10.0.0.5'], '10.0.0.5'],
    [['10.0.0.4', '10.0.0.5'], '10.0.0.5'],
    [['10.0.0.5'], '::ffff:10.0.0.5'],
    [['10.0.0.5'], '::FFFF:10.0.0.5'],
    [['10.0.0.5/32'], '10.0.0.5'],
    [['10.0.0.0/24'], '10.0.0.255'],
    [['10.0.0.0/24'], '::ffff:10.0.0.255'],
    [['10.0.0.0/8'], '10.255.255.255'],
    [['127.0.0.1', '::1'], '::1'],
    [['0:0:0:0:0:0:0:1'], '::1'],
    [['2001:db8::5'], '2001:db8:0:0::5'],
    [['2001:DB8::/64'], '2001:db8::ffff'],
    [['2001:db8::/32'], '2001:db8:ffff::1'],
  ])('of %j is believed: %s', async (addresses, peer) => {
    expect(await presented({ ...good, addresses }, peer, sent)).toEqual(bytes(fingerprint));
  });

  test.each<[attack: string, addresses: string[], peer: string | undefined]>([
    ['another address', ['10.0.0.5'], '10.0.0.6'],
    ['another address of IPv6', ['2001:db8::5'], '2001:db8::6'],
    ['an address that begins like it', ['10.0.0.5'], '10.0.0.50'],
    ['an address just beyond a range', ['10.0.0.0/24'], '10.0.1.0'],
    ['an address just before a range', ['10.0.1.0/24'], '10.0.0.255'],
    ['a range of IPv6', ['2001:db8::/64'], '2001:db8:0:1::'],
    ['the address within another one', ['10.0.0.5'], '64:ff9b::10.0.0.5'],
    ['IPv4, mapped, at a range of IPv6', ['64:ff9b::/32'], '::ffff:10.0.0.5'],
    ['the loopback of the other family', ['127.0.0.1'], '::1'],
    ['no address, as of a socket of the file system', ['10.0.0.5'], undefined],
    ['an empty address', ['10.0.0.5'], ''],
    ['a path', ['10.0.0.5'], '/run/10.0.0.5'],
    ['an address with a port', ['10.0.0.5'], '10.0.0.5:443'],
    ['an address with a zone', ['fe80::1'], 'fe80::1%eth0'],
    ['an address with leading zeros', ['10.0.0.5'], '010.0.0.5'],
    ['a list of addresses', ['10.0.0.5'], '10.0.0.5, 10.0.0.6'],
  ])('is not believed: %s', async (_, addresses, peer) => {
    expect(await presented({ ...good, addresses }, peer, sent)).toBeUndefined();
  });
});

describe('a header', () => {
  test.each<[name: string, proxy: object, sent: Record<string, string>]>([
    ['in another case', { ...good, header: 'Client-Cert' }, sent],
    [
      'of another name and form',
      { ...good, header: 'x-amzn-mtls-clientcert-leaf', form: 'pem' },
      {
        'x-amzn-mtls-clientcert-leaf': headers.pem,
      },
    ],
    [
      'of Envoy',
      { ...good, header: 'x-forwarded-client-cert', form: 'xfcc' },
      {
        'x-forwarded-client-cert': headers.xfcc,
      },
    ],
    ['among others', good, { ...sent, 'x-forwarded-client-cert': 'Hash=x', 'x-forwarded-for': '1.2.3.4' }],
  ])('%s', async (_, proxy, all) => {
    expect(await presented(proxy, '10.0.0.5', all)).toEqual(bytes(fingerprint));
  });

  test.each<[attack: string, sent: Record<string, string>]>([
    ['none', {}],
    ['another name', { 'x-client-cert': headers.rfc9440 }],
    ['an underscore in its name', { client_cert: headers.rfc9440 }],
    ['another form', { 'client-cert': headers.sha256 }],
    ['the address of the proxy in a header', { 'x-forwarded-for': '10.0.0.5', forwarded: 'for=10.0.0.5' }],
  ])('is no certificate: %s', async (_, all) => {
    expect(await presented(good, '10.0.0.5', all)).toBeUndefined();
  });

  test('with the address of the proxy in another header, from elsewhere', async () => {
    const forged = { ...sent, 'x-forwarded-for': '10.0.0.5', 'x-real-ip': '10.0.0.5' };
    expect(await presented(good, '10.0.0.6', forged)).toBeUndefined();
  });
});

describe('docs/api-server.md', () => {
  test('names a proxy as it may be named', () => {
    const [, example] = /CALLERID_CLIENT_CERTIFICATE_PROXY='(.+)'/.exec(page) ?? [];
    expect(make(example)).toBeTypeOf('function');
  });

  test('lists every form, and no other', () => {
    const [, table = ''] = /\n\| form \|[^\n]+\n\|---[^\n]+\n((?:\|[^\n]+\n)+)/.exec(page) ?? [];
    expect([...table.matchAll(/^\| `([a-z0-9]+)` \|/gm)].map(([, name]) => name)).toEqual(certificateForms);
  });
});

describe('settings', () => {
  const open = { CALLERID_API_SERVER_CERTIFICATE_SHA256: '', CALLERID_API_SERVER_AUTH: 'none' };

  test('neither a proxy nor a certificate', () => {
    expect(make('', undefined, open)).toBeUndefined();
  });

  test('a certificate of a further cluster alone', () => {
    const further = { 'b.example.com': { apiServerCertificateSha256: [fingerprint] } };
    expect(make(good, undefined, { ...open, CALLERID_CLUSTERS: further })).toBeTypeOf('function');
  });

  test.each<[name: string, proxy: unknown, problem: RegExp, change?: object]>([
    ['a certificate without a proxy', '', /: not set, though the certificate .* Write \{"addresses"/],
    ['a proxy without a certificate', good, /: set, though no cluster has .*CERTIFICATE_SHA256/, open],
    ['null', 'null', /: it is missing, unknown or of another form/],
    ['a list', [good], /: it is missing|: addresses is missing/],
    ['nothing in it', {}, /: addresses is missing/],
    ['no addresses', { ...good, addresses: undefined }, /: addresses is missing/],
    ['anybody, by no address', { ...good, addresses: [] }, /: addresses is missing/],
    ['an address for a list', { ...good, addresses: '10.0.0.5' }, /: addresses is missing/],
    ['a number for an address', { ...good, addresses: [1] }, /: addresses is missing/],
    ['anybody, by a word', { ...good, addresses: ['any'] }, /"any", which is no IP address/],
    ['anybody, by a star', { ...good, addresses: ['*'] }, /"\*", which is no IP address/],
    [
      'anybody, by a range',
      { ...good, addresses: ['0.0.0.0/0'] },
      /"0\.0\.0\.0\/0", which is wider than \/8/,
    ],
    ['anybody, by a range of IPv6', { ...good, addresses: ['::/0'] }, /wider than \/32/],
    ['anybody, by a second entry', { ...good, addresses: ['10.0.0.5', '0.0.0.0/0'] }, /wider than \/8/],
    ['anybody, in two halves', { ...good, addresses: ['0.0.0.0/1', '128.0.0.0/1'] }, /wider than \/8/],
    ['anybody of IPv4, mapped', { ...good, addresses: ['::ffff:0.0.0.0/96'] }, /in the form of IPv6/],
    ['anybody of IPv4, as a range of IPv6', { ...good, addresses: ['::/32'] }, /in the form of IPv6/],
    [
      'an address of IPv4, mapped, in hexadecimal',
      { ...good, addresses: ['::ffff:a00:5'] },
      /in the form of IPv6/,
    ],
    ['the same with all its zeros', { ...good, addresses: ['0:0:0:0:0:ffff:a00:5'] }, /in the form of IPv6/],
    ['an address of IPv4, mapped', { ...good, addresses: ['::ffff:10.0.0.5'] }, /in the form of IPv6/],
    ['a name for an address', { ...good, addresses: ['proxy.internal'] }, /no IP address/],
    ['half an address', { ...good, addresses: ['10.0.0'] }, /no IP address/],
    ['an address with a port', { ...good, addresses: ['10.0.0.5:443'] }, /no IP address/],
    ['an address with a zone', { ...good, addresses: ['fe80::1%eth0'] }, /no IP address/],
    ['an address with a space', { ...good, addresses: ['10.0.0.5 '] }, /no IP address/],
    ['an empty address', { ...good, addresses: [''] }, /no IP address/],
    [
      'a prefix that is too long',
      { ...good, addresses: ['10.0.0.5/33'] },
      /"10\.0\.0\.5\/33", which is no range/,
    ],
    ['an empty prefix', { ...good, addresses: ['10.0.0.5/'] }, /no IP address/],
    ['a mask for a prefix', { ...good, addresses: ['10.0.0.0/255.0.0.0'] }, /no IP address/],
    ['no header', { ...good, header: undefined }, /: header is missing/],
    ['an empty header', { ...good, header: '' }, /: header is missing/],
    ['a header with a space', { ...good, header: 'client cert' }, /: header is missing/],
    ['a header with an underscore', { ...good, header: 'client_cert' }, /: header is missing/],
    ['a header of which Node keeps the first', { ...good, header: 'from' }, /: header is missing/],
    ["the header of the API server's secret", { ...good, header: 'authorization' }, /: header is missing/],
    ['no form', { ...good, form: undefined }, /: form is missing/],
    ['another form', { ...good, form: 'der' }, /: form is missing.*forms are rfc9440, pem, xfcc, sha256/],
    ['a form of Object.prototype', { ...good, form: 'constructor' }, /: form is missing/],
    ['a field that does not exist', { ...good, trusted: true }, /: "trusted" is missing, unknown/],
  ])('are refused with %s', (_, proxy, problem, change) => {
    const attempt = () => make(proxy, '10.0.0.5', change);
    expect(attempt).toThrow(ConfigurationError);
    expect(attempt).toThrow(expect.objectContaining({ setting: variable }));
    expect(attempt).toThrow(problem);
  });
});
