/**
 * What holds for every token: it is refused by a code, or rebuilt to a URL of exactly the parts that were checked.
 */
import fc from 'fast-check';
import { tokenRefusals } from '../../../src/errors/token.ts';
import { encodeBase64url } from '../../../src/lib/base64url.ts';
import { createEndpointResolver, type PartitionId } from '../../../src/sts/endpoints.ts';
import { isAudience } from '../../../src/token/audience.ts';
import { decodeToken, encodeToken } from '../../../src/token/encoding.ts';
import { parseToken } from '../../../src/token/parse.ts';
import { type PresignedRequest, presignedUrl } from '../../../src/token/presigned.ts';
import { isNonce, isSuffix } from '../../../src/token/suffix.ts';
import { ensure, ensureSame, type Property, parser, property } from '../../support/property.ts';
import { spoiltText } from '../../support/spoil.ts';
import { wrap } from '../../support/token-builder.ts';
import { anyToken, type TokenInput } from '../../support/token-inputs.ts';

const endpoints = createEndpointResolver();

/** Host and parameters, decoded once and in no order; by no code of ours. */
function meaningOf(url: string): string {
  const [, host, query = ''] = /^https:\/\/([^/]*)\/\?(.*)$/s.exec(url) ?? [];
  const pairs = query.split('&').map((pair) => decodeURIComponent(pair));
  return [host, ...pairs.sort()].join('\n');
}

/** The same of the checked parts. */
function meaningOfParts({ endpoint, ...parts }: PresignedRequest): string {
  const session = parts.encodedSessionToken;
  const pairs = [
    'Action=GetCallerIdentity',
    'Version=2011-06-15',
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${parts.accessKeyId}/${parts.date.slice(0, 8)}/${endpoint.region}/sts/aws4_request`,
    `X-Amz-Date=${parts.date}`,
    `X-Amz-Expires=${parts.expires}`,
    'X-Amz-SignedHeaders=host;x-k8s-aws-id',
    ...(session === undefined ? [] : [`X-Amz-Security-Token=${decodeURIComponent(session)}`]),
    `X-Amz-Signature=${parts.signature}`,
  ];
  return [endpoint.host, ...pairs.sort()].join('\n');
}

function rebuilds({ token, now }: TokenInput): boolean {
  const rules = { endpoints, now };
  const request = parseToken(token, rules);
  if (!request.ok) {
    ensure(Object.hasOwn(tokenRefusals, request.code), `an unknown code ${request.code}`);
    return false;
  }
  const url = presignedUrl(request);
  ensureSame(new URL(url).href, url, 'a URL parser changes what STS is sent');
  ensureSame(meaningOf(url), meaningOfParts(request), 'what STS is sent, and what was checked');
  ensureSame(meaningOf(url), meaningOf(atob(base64Of(token))), 'what STS is sent, and what was signed');
  ensureSame(parseToken(wrap(url), rules), request, 'what is read of the rebuilt URL');
  const { signedAt, expiresAt } = request;
  ensure(now - 15 * 60_000 <= signedAt && signedAt <= now + 5 * 60_000, 'signed at another time');
  ensure(expiresAt === signedAt + 15 * 60_000, 'another end');
  return true;
}

function base64Of(token: string): string {
  return token.slice('k8s-aws-v1.'.length).replaceAll('-', '+').replaceAll('_', '/');
}

const encodings = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => encodeBase64url(new Uint8Array(bytes))),
  spoiltText(
    fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => encodeBase64url(new Uint8Array(bytes))),
    [],
    'ABQRgw048-_+/= \n',
  ),
);

/** What the endpoints of each partition end with, of botocore's endpoints. */
const domains: Readonly<Record<PartitionId, readonly string[]>> = {
  aws: ['.amazonaws.com', '.api.aws'],
  'aws-cn': ['.amazonaws.com.cn', '.api.amazonwebservices.com.cn'],
  'aws-us-gov': ['.amazonaws.com', '.api.aws'],
  'aws-iso': ['.c2s.ic.gov', '.api.aws.ic.gov'],
  'aws-iso-b': ['.sc2s.sgov.gov', '.api.aws.scloud'],
  'aws-iso-e': ['.cloud.adc-e.uk', '.api.cloud-aws.adc-e.uk'],
  'aws-iso-f': ['.csp.hci.ic.gov', '.api.aws.hci.ic.gov'],
  'aws-eusc': ['.amazonaws.eu', '.api.amazonwebservices.eu'],
};
const regions = [
  ...['us-east-1', 'eu-west-9', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'us-isob-east-1'],
  ...['eu-isoe-west-1', 'us-isof-south-1', 'eusc-de-east-1'],
];
const resolvers = new Map(
  (Object.keys(domains) as PartitionId[]).map((id) => [id, createEndpointResolver({ partition: id })]),
);
const hosts = fc
  .record({
    partition: fc.constantFrom(...(Object.keys(domains) as PartitionId[])),
    service: fc.constantFrom('sts', 'sts-fips'),
    region: fc.nat(regions.length - 1),
    own: fc.nat(3),
    dualStack: fc.nat(1),
  })
  .chain(({ partition, service, region, own, dualStack }) => {
    const of = own > 0 ? Object.keys(domains).indexOf(partition) + (partition === 'aws' ? 0 : 1) : region;
    const host = `${service}.${regions[of]}${domains[partition][dualStack]}`;
    return spoiltText(fc.constant(host), ['sts.', '.amazonaws.com', '-1', 's3', 'vpce-1.', '..']).map(
      (text) => ({ partition, host: text }),
    );
  });

export const tokens: readonly Property[] = [
  property({
    name: 'token: refused by a code, or rebuilt to exactly the checked parts',
    input: anyToken,
    check: rebuilds,
  }),
  property({
    name: 'token: base64url has one spelling of any bytes',
    input: encodings,
    check: (encoded) => {
      const read = decodeToken(`k8s-aws-v1.${encoded}`);
      if (!read.ok) return false;
      const bytes = Uint8Array.from(read.url, (character) => character.charCodeAt(0));
      ensureSame(encodeBase64url(bytes), encoded, 'another spelling');
      return true;
    },
  }),
  property({
    name: 'token: what is encoded comes out',
    input: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 200 }),
    check: (url) => {
      ensureSame(decodeToken(encodeToken(url)), { ok: true, url }, 'decoded');
      return true;
    },
  }),
  property({
    name: 'token: a host is of the partition, and a URL parser leaves it as it is',
    input: hosts,
    check: ({ partition, host }) => {
      const endpoint = resolvers.get(partition)?.(host);
      ensure(endpoint !== undefined, 'no resolver');
      if ('ok' in endpoint) return false;
      ensureSame(endpoint.host, host, 'the host was rewritten');
      ensureSame(new URL(`https://${host}/`).host, host, 'a URL parser changes the host');
      const isGlobal = partition === 'aws' && host === 'sts.amazonaws.com';
      const named = `.${endpoint.region}`;
      const isOf = domains[partition].some((domain) =>
        ['sts', 'sts-fips'].some((service) => service + named + domain === host),
      );
      ensure(isGlobal || isOf, `${host} is no STS endpoint of ${partition}`);
      return true;
    },
  }),
  parser({
    name: 'token: an audience, a nonce and a suffix are sent as they are',
    input: fc.oneof(
      spoiltText(
        fc.constantFrom(
          ...['https://orders.example.com', 'a b', '', `#${'n'.repeat(22)}`, `#${'d'.repeat(43)}`],
          `#${'d'.repeat(43)}#${'n'.repeat(22)}`,
          'n'.repeat(22),
        ),
        ['#', '  '],
      ),
    ),
    read: (text) => {
      if (isNonce(text)) ensure(isSuffix(`#${text}`), 'a nonce that is no suffix');
      if (isSuffix(text)) ensure(text === '' || isAudience(`a${text}`), 'a suffix that cannot be signed');
      if (!isAudience(text)) return false;
      ensureSame(new Headers({ 'x-k8s-aws-id': text }).get('x-k8s-aws-id'), text, 'a header changes it');
      ensureSame(text.trim().replace(/ +/g, ' '), text, 'SigV4 folds it');
      return true;
    },
  }),
];
