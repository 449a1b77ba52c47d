/**
 * The grammar of a token as tables: each row is a valid token with one thing changed, says which client or which
 * attack it is, and which code it earns. The rules are numbered as in `docs/architecture.md`.
 */
import type { TokenRefusalCode } from '../../src/errors/token.ts';
import type { EndpointOptions } from '../../src/sts/endpoints.ts';
import {
  amzDate,
  at,
  authority,
  type Change,
  credential,
  dated,
  globalHost,
  now,
  order,
  path,
  plus,
  regionalHost,
  rename,
  scheme,
  session,
  sessionToken,
  set,
  signature,
  token,
  tokenOfLength,
  url,
  without,
  wrap,
} from './token-builder.ts';

export const accepted = 'accepted';
export type Expected = typeof accepted | TokenRefusalCode;

/** What differs from the usual deployment: partition `aws`, every region, the present of the builder. */
export interface Setting extends EndpointOptions {
  readonly now?: number;
  readonly maxLength?: number;
}

export type Row = readonly [name: string, token: unknown, expected: Expected, setting?: Setting | undefined];

/** Rows that all change the same thing: what they hold is its raw value. */
function each(
  change: (value: string) => Change,
  rows: readonly (readonly [name: string, value: string, expected: Expected, setting?: Setting])[],
): Row[] {
  return rows.map(([name, value, expected, setting]) => [name, token(change(value)), expected, setting]);
}

/** Rows whose URL, the query included, is written out. */
function whole(
  rows: readonly (readonly [name: string, text: string, expected: Expected, setting?: Setting])[],
): Row[] {
  return rows.map(([name, text, expected, setting]) => [name, wrap(text), expected, setting]);
}

const setter =
  (name: string) =>
  (value: string): Change =>
    set(name, value);

const seconds = 1000;
const minutes = 60 * seconds;
const valid = token();

const prefix: readonly Row[] = [
  ['the token of the AWS CLI', valid, accepted],
  ['undefined: no token in the review', undefined, 'token_foreign'],
  ['null', null, 'token_foreign'],
  ['a number', 42, 'token_foreign'],
  ['an object that turns into a token', { toString: () => valid }, 'token_foreign'],
  ['a String object', new String(valid), 'token_foreign'],
  ['an array that holds a token', [valid], 'token_foreign'],
  ['an empty string', '', 'token_foreign'],
  ['a service account JWT', 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2ln', 'token_foreign'],
  ['a foreign token of a megabyte', 'a'.repeat(1 << 20), 'token_foreign'],
  ['the prefix in upper case', valid.replace('k8s-aws-v1.', 'K8S-AWS-V1.'), 'token_foreign'],
  ['another version of the prefix', valid.replace('v1.', 'v2.'), 'token_foreign'],
  ['the prefix without its dot', valid.replace('v1.', 'v1'), 'token_foreign'],
  ['a space before the prefix', ` ${valid}`, 'token_foreign'],
  ['the scheme of the header left in', `Bearer ${valid}`, 'token_foreign'],
  ['the URL without any wrapping', url(), 'token_foreign'],
  ['the longest that 8192 characters can hold', tokenOfLength(8191), accepted],
  ['8192 characters, which no base64 text has', `k8s-aws-v1.${'A'.repeat(8181)}`, 'token_encoding'],
  ['8193 characters', tokenOfLength(8193), 'token_too_long'],
  ['a megabyte behind the prefix', `k8s-aws-v1.${'A'.repeat(1 << 20)}`, 'token_too_long'],
  [
    'one that grows beyond 8192 when its raw slashes are encoded',
    token(session('/'.repeat(3000))),
    'token_too_long',
  ],
  ['the same slashes, encoded and few enough', token(session('%2F'.repeat(1800))), accepted],
  ['longer than a limit set lower', tokenOfLength(4097), 'token_too_long', { maxLength: 4096 }],
  ['longer than 8192 under a limit set higher', tokenOfLength(9001), accepted, { maxLength: 9001 }],
];

/** A valid token whose URL leaves `rest` bytes in the last group of base64. */
export function withRest(rest: number): string {
  const urls = [1, 2, 3].map((length) => url(session('A'.repeat(length))));
  return wrap(urls.find((text) => text.length % 3 === rest) as string);
}

/** The token with the lowest bit of its last character set, which no byte takes. */
function withStrayBit(text: string): string {
  return text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1);
}

function standardAlphabet(text: string): string {
  const start = 'k8s-aws-v1.'.length;
  return text.slice(0, start) + text.slice(start).replaceAll('-', '+').replaceAll('_', '/');
}

const encoding: readonly Row[] = [
  ['no byte in the last group', withRest(0), accepted],
  ['one byte in the last group', withRest(1), accepted],
  ['two bytes in the last group', withRest(2), accepted],
  ['the URL-safe alphabet', token(authority(globalHost)), accepted],
  ['the standard alphabet, /', standardAlphabet(token(authority(globalHost))), 'token_encoding'],
  ['the standard alphabet, +', standardAlphabet(token(session('~~~'))), 'token_encoding'],
  ['nothing but the prefix', 'k8s-aws-v1.', 'token_encoding'],
  ['padding, one', `${withRest(2)}=`, 'token_encoding'],
  ['padding, two', `${withRest(1)}==`, 'token_encoding'],
  ['padding where none belongs', `${withRest(0)}====`, 'token_encoding'],
  ['stray bits after one byte: a second spelling', withStrayBit(withRest(1)), 'token_encoding'],
  ['stray bits after two bytes: a second spelling', withStrayBit(withRest(2)), 'token_encoding'],
  ['length 1 mod 4', `${withRest(0)}A`, 'token_encoding'],
  ['a space inside', `${valid.slice(0, 40)} ${valid.slice(40)}`, 'token_encoding'],
  ['a line feed at the end', `${valid}\n`, 'token_encoding'],
  ['a line break, as of a mail', `${valid.slice(0, 76)}\r\n${valid.slice(76)}`, 'token_encoding'],
  ['NUL at the end', `${valid}\0`, 'token_encoding'],
  ['percent-encoding', `${valid}%41`, 'token_encoding'],
  ['a second token behind the first', `${valid},${valid}`, 'token_encoding'],
  ['a homoglyph in the base64', valid.replace('A', '\u0410'), 'token_encoding'],
  ['a full-width letter', valid.replace('A', '\uff21'), 'token_encoding'],
  ['half a surrogate pair', `${valid}\ud800`, 'token_encoding'],
  ...whole([
    ['a token in a token', valid, 'url_scheme'],
    ['NUL behind the URL', `${url()}\0`, 'token_not_ascii'],
    ['NUL before the URL', `\0${url()}`, 'token_not_ascii'],
    ['CR and LF: a header smuggled in', `${url()}\r\nx-evil: 1`, 'token_not_ascii'],
    ['DEL', `${url()}\x7f`, 'token_not_ascii'],
    ['Latin-1', `${url()}\xe9`, 'token_not_ascii'],
    ['a byte order mark', `\ufeff${url()}`, 'token_not_ascii'],
    ['a line feed in the scheme, which URL parsers drop', url(scheme('ht\ntps://')), 'token_not_ascii'],
  ]),
  ...each(authority, [
    ['a tab in the host, which URL parsers drop', 'sts.us-\teast-1.amazonaws.com', 'token_not_ascii'],
    ['a Cyrillic host that looks like STS', 'sts.us-east-1.\u0430mazonaws.com', 'token_not_ascii'],
    ['an ideographic full stop in the host', 'sts.us-east-1.amazonaws\u3002com', 'token_not_ascii'],
    ['a full-width host', '\uff53ts.us-east-1.amazonaws.com', 'token_not_ascii'],
    ['a soft hyphen in the host', 'sts.us-east-1.ama\xadzonaws.com', 'token_not_ascii'],
  ]),
];

const shape: readonly Row[] = [
  ...each(scheme, [
    ['plain HTTP', 'http://', 'url_scheme'],
    ['the scheme in upper case', 'HTTPS://', 'url_scheme'],
    ['no scheme', '', 'url_scheme'],
    ['relative to a scheme', '//', 'url_scheme'],
    ['a space before the scheme', ' https://', 'url_scheme'],
    ['one slash, which URL parsers mend', 'https:/', 'url_scheme'],
    ['backslashes, which URL parsers turn', 'https:\\\\', 'url_scheme'],
    ['three slashes, which URL parsers mend', 'https:///', 'url_host'],
    ['file:', 'file://', 'url_scheme'],
  ]),
  ...each(authority, [
    ['a fragment that ends the host', `evil.example#${regionalHost}`, 'url_fragment'],
    ['user info', `user:password@${regionalHost}`, 'url_userinfo'],
    ['empty user info', `@${regionalHost}`, 'url_userinfo'],
    ['STS as the user of another host', `${regionalHost}@evil.example`, 'url_userinfo'],
    ['STS and a port as the user of another host', `${regionalHost}:443@evil.example`, 'url_userinfo'],
    ['the default port', `${regionalHost}:443`, 'url_port'],
    ['another port', `${regionalHost}:8443`, 'url_port'],
    ['an empty port', `${regionalHost}:`, 'url_port'],
    ['an IPv6 address', '[::1]', 'url_port'],
    ['no host', '', 'url_host'],
    ['a host in upper case', 'STS.US-EAST-1.AMAZONAWS.COM', 'url_host'],
    ['one letter of the host in upper case', 'sts.us-east-1.amazonaws.coM', 'url_host'],
    ['a percent-encoded host, which URL parsers decode', 'sts%2Eus-east-1.amazonaws.com', 'url_host'],
    ['a space behind the host', `${regionalHost} `, 'url_host'],
    ['an underscore in the host', 'sts_us-east-1.amazonaws.com', 'url_host'],
    ['a second host behind a comma', `${regionalHost},evil.example`, 'url_host'],
    ['a second host behind a semicolon', `${regionalHost};evil.example`, 'url_host'],
    ['a backslash that ends the host', `evil.example\\@${regionalHost}`, 'url_path'],
    ['a backslash behind the host', `${regionalHost}\\`, 'url_path'],
    ['a path in the host', `evil.example/${regionalHost}`, 'url_path'],
    ['a query in the host', `evil.example?${regionalHost}`, 'url_path'],
  ]),
  ...each(path, [
    ['no path', '', 'url_path'],
    ['two slashes', '//', 'url_path'],
    ['a dot segment', '/./', 'url_path'],
    ['a parent segment', '/../', 'url_path'],
    ['an encoded dot segment', '/%2e/', 'url_path'],
    ['an encoded slash', '/%2F', 'url_path'],
    ['a path', '/sts', 'url_path'],
    ['path parameters', '/;a=b', 'url_path'],
    ['a backslash for the path', '\\', 'url_path'],
    ['another host in the path', `/@${globalHost}/`, 'url_path'],
  ]),
  ...whole([
    ['no URL at all', 'hello', 'url_scheme'],
    ['javascript:', 'javascript:alert(1)', 'url_scheme'],
    ['nothing behind the scheme', 'https://', 'url_host'],
    ['a fragment', `${url()}#x`, 'url_fragment'],
    ['an empty fragment', `${url()}#`, 'url_fragment'],
    ['a fragment that ends the query early', url(set('Version', '2011-06-15#')), 'url_fragment'],
    ['no query', `https://${regionalHost}/`, 'url_path'],
    ['an empty query', `https://${regionalHost}/?`, 'query_malformed'],
    ['a second question mark', url().replace('?', '??'), 'query_parameter_unknown'],
  ]),
];

const cn: Setting = { partition: 'aws-cn' };
const gov: Setting = { partition: 'aws-us-gov' };
const ireland: Setting = { regions: ['eu-west-1'] };
const vpce = 'vpce-1.sts.us-east-1.vpce.amazonaws.com';

const hosts: readonly Row[] = [
  ['the global endpoint', token(at(globalHost, 'us-east-1')), accepted],
  ['another region', token(at('sts.eu-west-1.amazonaws.com', 'eu-west-1')), accepted],
  ['FIPS', token(at('sts-fips.us-west-2.amazonaws.com', 'us-west-2')), accepted],
  ['dual-stack', token(at('sts.eu-central-1.api.aws', 'eu-central-1')), accepted],
  ['dual-stack and FIPS', token(at('sts-fips.us-east-1.api.aws', 'us-east-1')), accepted],
  ['a region newer than the table', token(at('sts.eu-north-9.amazonaws.com', 'eu-north-9')), accepted],
  ['China', token(at('sts.cn-north-1.amazonaws.com.cn', 'cn-north-1')), accepted, cn],
  ['GovCloud', token(at('sts.us-gov-west-1.amazonaws.com', 'us-gov-west-1')), accepted, gov],
  ['a region that is not left out', token(at('sts.eu-west-1.api.aws', 'eu-west-1')), accepted, ireland],
  ['a bucket named sts, signed for it', token(at('sts.s3.amazonaws.com', 's3')), 'host_not_sts'],
  ['a region that is none', token(at('sts.evil.amazonaws.com', 'evil')), 'host_not_sts'],
  ['China from aws', token(at('sts.cn-north-1.amazonaws.com.cn', 'cn-north-1')), 'host_not_sts'],
  ['China at a host of aws', token(at('sts.cn-north-1.amazonaws.com', 'cn-north-1')), 'host_not_sts'],
  ['GovCloud from aws', token(at('sts.us-gov-west-1.amazonaws.com', 'us-gov-west-1')), 'host_not_sts'],
  [
    'a new region that is left out',
    token(at('sts.eu-north-9.amazonaws.com', 'x')),
    'region_not_allowed',
    ireland,
  ],
  ...each(authority, [
    ['somebody else’s host', 'evil.example', 'host_not_sts'],
    ['STS as a label of another host', `${regionalHost}.evil.example`, 'host_not_sts'],
    ['STS behind another label', `evil.${regionalHost}`, 'host_not_sts'],
    ['STS as the end of a name', `evil-${regionalHost}`, 'host_not_sts'],
    ['a bucket named sts, with its region', 'sts.s3.us-east-1.amazonaws.com', 'host_not_sts'],
    ['another service of AWS', 'iam.amazonaws.com', 'host_not_sts'],
    ['no region between the dots', 'sts..amazonaws.com', 'host_not_sts'],
    ['a trailing dot: a second name of one host', `${regionalHost}.`, 'host_not_sts'],
    ['a leading dot', `.${regionalHost}`, 'host_not_sts'],
    ['punycode of a homoglyph', 'sts.us-east-1.xn--mazonaws-25g.com', 'host_not_sts'],
    ['the metadata service', '169.254.169.254', 'host_not_sts'],
    ['localhost', 'localhost', 'host_not_sts'],
    ['an address as one number', '2130706433', 'host_not_sts'],
    ['a region with a name of 5 kB', `sts.us-${'a'.repeat(5000)}-1.amazonaws.com`, 'host_not_sts'],
    ['a VPC endpoint that nobody configured', vpce, 'host_not_sts'],
    ['a VPC endpoint that is configured', vpce, accepted, { hosts: [{ host: vpce, region: 'us-east-1' }] }],
    ['a region of aws at a Chinese host', `${regionalHost}.cn`, 'host_not_sts', cn],
    ['the global endpoint from China', globalHost, 'host_not_sts', cn],
    ['aws from GovCloud', regionalHost, 'host_not_sts', gov],
    ['a region that is left out', regionalHost, 'region_not_allowed', ireland],
    ['the global endpoint, its region left out', globalHost, 'region_not_allowed', ireland],
    ['the global endpoint, switched off', globalHost, 'global_endpoint_disabled', { globalEndpoint: false }],
  ]),
];

const names = ['Action', 'Version', 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires'];
names.push('X-Amz-SignedHeaders', 'X-Amz-Signature');

const parameters: readonly Row[] = [
  ...names.flatMap((name): Row[] => {
    const twice = url().replace(new RegExp(`${name}=[^&]*`), '$&&$&');
    return [
      [`${name} missing`, token(without(name)), 'query_parameter_missing'],
      [`${name} in lower case`, token(rename(name, name.toLowerCase())), 'query_parameter_unknown'],
      [`${name} twice, the same`, wrap(twice), 'query_parameter_duplicate'],
    ];
  }),
  ['only the fixed pairs', token(order('Action', 'Version', 'Algorithm')), 'query_parameter_missing'],
  ['the session token twice', token(session(), session('AAAA')), 'query_parameter_duplicate'],
  ['Action twice, the second another one', token(plus('Action', 'AssumeRole')), 'query_parameter_duplicate'],
  ['a percent-encoded name', token(rename('X-Amz-Date', 'X%2DAmz-Date')), 'query_parameter_unknown'],
  ...each(
    (name) => plus(name, 'AssumeRole'),
    [
      ['a second action in another case', 'action', 'query_parameter_unknown'],
      ['a second action, percent-encoded', '%41ction', 'query_parameter_unknown'],
      ['a second action with a space, as forms encode it', 'Action+', 'query_parameter_unknown'],
      ['a second action with a space, percent-encoded', 'Action%20', 'query_parameter_unknown'],
      ['a second action in brackets', 'Action[]', 'query_parameter_unknown'],
      ['a parameter of another call', 'RoleArn', 'query_parameter_unknown'],
      ['a parameter of S3', 'X-Amz-Content-Sha256', 'query_parameter_unknown'],
      ['a parameter of Signature Version 2', 'AWSAccessKeyId', 'query_parameter_unknown'],
      ['the header as a parameter', 'x-k8s-aws-id', 'query_parameter_unknown'],
      ['__proto__', '__proto__', 'query_parameter_unknown'],
      ['constructor', 'constructor', 'query_parameter_unknown'],
      ['a value without a name', '', 'query_malformed'],
    ],
  ),
  ...whole([
    ['an empty pair inside', url().replace('&', '&&'), 'query_malformed'],
    ['an empty pair at the end', `${url()}&`, 'query_malformed'],
    ['an empty pair in front', url().replace('?', '?&'), 'query_malformed'],
    ['a name without a value', `${url()}&X-Amz-Security-Token`, 'query_malformed'],
    ['pairs separated by semicolons', url().replaceAll('&', ';'), 'query_action'],
    ['pairs separated as in HTML', url().replaceAll('&', '&amp;'), 'query_parameter_unknown'],
  ]),
  ...each(setter('Action'), [
    ['another action', 'AssumeRole', 'query_action'],
    ['the action in lower case', 'getcalleridentity', 'query_action'],
    ['the action percent-encoded', 'GetCallerIdentit%79', 'query_action'],
    ['the action with a space behind it', 'GetCallerIdentity%20', 'query_action'],
    ['an empty action', '', 'query_action'],
  ]),
  ...each(setter('Version'), [
    ['another version', '2012-06-15', 'query_version'],
    ['an empty version', '', 'query_version'],
    ['the version percent-encoded', '2011%2D06-15', 'query_version'],
  ]),
  ...each(setter('X-Amz-Algorithm'), [
    ['SigV4A', 'AWS4-ECDSA-P256-SHA256', 'query_algorithm'],
    ['a weaker hash', 'AWS4-HMAC-SHA1', 'query_algorithm'],
    ['no algorithm: none', 'none', 'query_algorithm'],
  ]),
];

const keyId = (key: string): Change => set('X-Amz-Credential', credential('us-east-1', '20261124', key));

const values: readonly Row[] = [
  ...each(setter('X-Amz-Credential'), [
    ['raw slashes in the credential', 'AKIDEXAMPLE/20261124/us-east-1/sts/aws4_request', accepted],
    ['escapes in lower case', credential().replaceAll('%2F', '%2f'), accepted],
    ['a letter as an escape', credential().replace('A', '%41'), accepted],
    ['a raw quote', `'${credential()}`, 'query_malformed'],
    ['an escape of IIS', credential().replaceAll('%2F', '%u002F'), 'query_malformed'],
    ['double encoding of the credential', credential().replaceAll('%', '%25'), 'scope_malformed'],
    ['an overlong slash', credential().replace('%2F', '%C0%AF'), 'scope_malformed'],
  ]),
  ...each(setter('X-Amz-Expires'), [
    ['a raw question mark', '60?', 'query_malformed'],
    ['a percent sign alone', '6%', 'query_malformed'],
    ['half an escape', '6%3', 'query_malformed'],
    ['an escape that is none', '6%zz', 'query_malformed'],
    ['an escape with a sign', '6%+1', 'query_malformed'],
  ]),
  ...each(session, [
    ['a session token, as the AWS CLI writes it', sessionToken, accepted],
    ['raw = at the end of the session token', 'FwoGZXIvYXdzEXAMPLE==', accepted],
    ['raw / in the session token', 'FwoGZXIv/YXdz', accepted],
    ['%2B in the session token', 'AAAA%2BBBB', accepted],
    ['base64url in the session token', 'AAAA-_BBB', accepted],
    ['a raw plus in the session token: space or plus?', 'AAAA+BBB', 'query_malformed'],
    ['a raw space in the session token', 'AAAA BBB', 'query_malformed'],
    ['an empty session token', '', 'session_token_malformed'],
    ['a space in the session token', 'AAAA%20BBB', 'session_token_malformed'],
    ['CR and LF in the session token', 'AAAA%0D%0ABBB', 'session_token_malformed'],
    ['a line feed behind the session token', 'AAAA%0A', 'session_token_malformed'],
    ['NUL in the session token', 'AAAA%00', 'session_token_malformed'],
    ['an action smuggled into the session token', 'AAAA%26Action%3DAssumeRole', 'session_token_malformed'],
    ['UTF-8 in the session token', 'AAAA%C3%A9', 'session_token_malformed'],
    ['double encoding of the session token', 'AAAA%252BBBB', 'session_token_malformed'],
  ]),
  ...each(setter('X-Amz-Signature'), [
    ['the signature in upper case', signature.toUpperCase(), 'signature_malformed'],
    ['a signature of 63 digits', signature.slice(1), 'signature_malformed'],
    ['a signature of 65 digits', `${signature}0`, 'signature_malformed'],
    ['an empty signature', '', 'signature_malformed'],
    ['a signature in base64', `${'A'.repeat(43)}=`, 'signature_malformed'],
    ['a line feed behind the signature', `${signature}%0A`, 'signature_malformed'],
    ['a signature of SigV4A', `3046${'0a'.repeat(70)}`, 'signature_malformed'],
  ]),
  ...each(keyId, [
    ['an access key ID of 4 characters', 'AKID', accepted],
    ['an access key ID of 128 characters', 'A'.repeat(128), accepted],
    ['an access key ID of 3 characters', 'AKI', 'access_key_id_malformed'],
    ['an access key ID of 129 characters', 'A'.repeat(129), 'access_key_id_malformed'],
    ['an empty access key ID', '', 'access_key_id_malformed'],
    ['a dash in the access key ID', 'AKID-EXAMPLE', 'access_key_id_malformed'],
    ['NUL in the access key ID', 'AKIDEXAMPLE%00', 'access_key_id_malformed'],
    ['a line feed in the access key ID: a log forged', 'AKIDEXAMPLE%0A', 'access_key_id_malformed'],
  ]),
];

const corp: Setting = { hosts: [{ host: 'sts.corp.example', region: 'eu-west-1' }] };

const scope: readonly Row[] = [
  ...each(setter('X-Amz-Credential'), [
    ['four parts: no region', 'AKIDEXAMPLE%2F20261124%2Fsts%2Faws4_request', 'scope_malformed'],
    ['six parts', `${credential()}%2Fx`, 'scope_malformed'],
    ['a slash at the end', `${credential()}%2F`, 'scope_malformed'],
    ['a slash in front', `%2F${credential()}`, 'scope_malformed'],
    ['an empty credential', '', 'scope_malformed'],
    ['only the access key ID', 'AKIDEXAMPLE', 'scope_malformed'],
    ['another service', credential().replace('sts', 'iam'), 'scope_malformed'],
    ['the service in upper case', credential().replace('sts', 'STS'), 'scope_malformed'],
    ['another terminator', credential().replace('aws4', 'aws5'), 'scope_malformed'],
    ['a line feed behind the terminator', `${credential()}%0A`, 'scope_malformed'],
    ['another date than X-Amz-Date', credential('us-east-1', '20261123'), 'scope_date'],
    ['an empty date', credential('us-east-1', ''), 'scope_date'],
    ['another region than the host’s', credential('eu-west-1'), 'scope_region'],
    ['the region in upper case', credential('US-EAST-1'), 'scope_region'],
    ['an empty region', credential(''), 'scope_region'],
    ['the pseudo-region of the SDKs', credential('aws-global'), 'scope_region'],
  ]),
  [
    'another region than a configured host’s',
    token(at('sts.corp.example', 'us-east-1')),
    'scope_region',
    corp,
  ],
  ['the region of a configured host', token(at('sts.corp.example', 'eu-west-1')), accepted, corp],
  ['a regional scope at the global endpoint', token(at(globalHost, 'eu-west-1')), 'scope_region_global'],
];

const headers: readonly Row[] = each(setter('X-Amz-SignedHeaders'), [
  ['the separator as an escape in lower case', 'host%3bx-k8s-aws-id', accepted],
  ['a raw separator, which some parsers take as &', 'host;x-k8s-aws-id', 'query_malformed'],
  ['the host alone: good for every audience', 'host', 'signed_headers'],
  ['without the host: good for every STS', 'x-k8s-aws-id', 'signed_headers'],
  ['the wrong order', 'x-k8s-aws-id%3Bhost', 'signed_headers'],
  ['an extra header between', 'host%3Bx-amz-target%3Bx-k8s-aws-id', 'signed_headers'],
  ['an extra header behind', 'host%3Bx-k8s-aws-id%3Bx-other', 'signed_headers'],
  ['an extra header in front', 'accept%3Bhost%3Bx-k8s-aws-id', 'signed_headers'],
  ['a header twice', 'host%3Bhost%3Bx-k8s-aws-id', 'signed_headers'],
  ['upper case', 'Host%3BX-K8s-Aws-Id', 'signed_headers'],
  ['a separator at the end', 'host%3Bx-k8s-aws-id%3B', 'signed_headers'],
  ['another separator', 'host%2Cx-k8s-aws-id', 'signed_headers'],
  ['a space behind the separator', 'host%3B%20x-k8s-aws-id', 'signed_headers'],
  ['a line feed at the end', 'host%3Bx-k8s-aws-id%0A', 'signed_headers'],
  ['double encoding', 'host%253Bx-k8s-aws-id', 'signed_headers'],
  ['none', '', 'signed_headers'],
]);

const stsIgnoresExpires = token(dated(amzDate(now - 14 * minutes)), set('X-Amz-Expires', '0'));
const longExpired = token(dated(amzDate(now - 16 * minutes)), set('X-Amz-Expires', '900'));
const scopeOfNextDay = token(dated('20261123T235500Z'), set('X-Amz-Credential', credential()));
const afterMidnight: Setting = { now: Date.UTC(2026, 10, 24, 0, 5) };

const times: readonly Row[] = [
  ['14 minutes old with X-Amz-Expires 0, which STS ignores', stsIgnoresExpires, accepted],
  ['16 minutes old with X-Amz-Expires 900', longExpired, 'token_expired'],
  ['signed before midnight with the scope of the new day', scopeOfNextDay, 'scope_date', afterMidnight],
  ['a clock that is no number', valid, 'token_expired', { now: Number.NaN }],
  ['a clock at infinity', valid, 'token_expired', { now: Number.POSITIVE_INFINITY }],
  ['a clock before all times', valid, 'date_in_future', { now: Number.NEGATIVE_INFINITY }],
  ...each(dated, [
    ['5 minutes ahead', amzDate(now + 5 * minutes), accepted],
    ['5 minutes and 1 ms ahead', amzDate(now + 5 * minutes), 'date_in_future', { now: now - 1 }],
    ['5 minutes and 1 s ahead', amzDate(now + 5 * minutes + seconds), 'date_in_future'],
    ['tomorrow', amzDate(now + 24 * 60 * minutes), 'date_in_future'],
    ['the end of the calendar', '99991231T235959Z', 'date_in_future'],
    ['15 minutes old', amzDate(now - 15 * minutes), accepted],
    ['15 minutes and 1 ms old', amzDate(now - 15 * minutes), 'token_expired', { now: now + 1 }],
    ['15 minutes and 1 s old', amzDate(now - 15 * minutes - seconds), 'token_expired'],
    ['the beginning of the epoch', '19700101T000000Z', 'token_expired'],
    ['the year 0', '00000101T000000Z', 'token_expired'],
    ['signed before midnight', '20261123T235500Z', accepted, afterMidnight],
    ['a leap day', '20280229T120000Z', accepted, { now: Date.UTC(2028, 1, 29, 12) }],
    [
      '29 February without a leap year',
      '20270229T120000Z',
      'date_malformed',
      { now: Date.UTC(2027, 2, 1, 12) },
    ],
    ['30 February', '20260230T120000Z', 'date_malformed'],
    ['month 13', '20261324T120000Z', 'date_malformed'],
    ['month 0', '20260024T120000Z', 'date_malformed'],
    ['day 0', '20261100T120000Z', 'date_malformed'],
    [
      '24:00: a second name of midnight',
      '20261123T240000Z',
      'date_malformed',
      { now: Date.UTC(2026, 10, 24) },
    ],
    ['minute 60', '20261124T116000Z', 'date_malformed'],
    ['a leap second', '20261124T115960Z', 'date_malformed'],
    ['the extended form', '2026-11-24T12:00:00Z', 'date_malformed'],
    ['lower case', '20261124t120000z', 'date_malformed'],
    ['no zone', '20261124T120000', 'date_malformed'],
    ['an offset', '20261124T120000%2B0000', 'date_malformed'],
    ['milliseconds', '20261124T120000.000Z', 'date_malformed'],
    ['a line feed behind it', '20261124T120000Z%0A', 'date_malformed'],
    ['seconds since the epoch', '1795521600', 'date_malformed'],
    ['a year of five digits', '120261124T120000Z', 'date_malformed'],
    ['nothing', '', 'date_malformed'],
  ]),
];

const expires: readonly Row[] = each(setter('X-Amz-Expires'), [
  ['0, as Backstage', '0', accepted],
  ['59, as the Ruby SDK', '59', accepted],
  ['900, as Flux', '900', accepted],
  ['60 as escapes', '%36%30', accepted],
  ['901', '901', 'expires_malformed'],
  ['a week, the limit of S3', '604800', 'expires_malformed'],
  ['beyond any integer', '9'.repeat(400), 'expires_malformed'],
  ['negative', '-1', 'expires_malformed'],
  ['minus zero', '-0', 'expires_malformed'],
  ['a raw plus', '+60', 'query_malformed'],
  ['an encoded plus', '%2B60', 'expires_malformed'],
  ['a leading zero', '060', 'expires_malformed'],
  ['two zeros', '00', 'expires_malformed'],
  ['an exponent', '1e2', 'expires_malformed'],
  ['a fraction', '60.0', 'expires_malformed'],
  ['hexadecimal', '0x3c', 'expires_malformed'],
  ['a space before it', '%2060', 'expires_malformed'],
  ['a line feed behind it', '60%0A', 'expires_malformed'],
  ['Arabic digits', '%D9%A6%D9%A0', 'expires_malformed'],
  ['a word', 'Infinity', 'expires_malformed'],
  ['nothing', '', 'expires_malformed'],
]);

const inOrder = (names: string): Change => order(...names.split(' '));
const cli = inOrder(
  'Action Version Algorithm Credential Date Expires SignedHeaders Security-Token Signature',
);
const go = inOrder('Action Version Algorithm Credential Date Expires Security-Token SignedHeaders Signature');
const sorted = inOrder(
  'Action Version Algorithm Credential Date Expires Security-Token Signature SignedHeaders',
);
const java = inOrder(
  'Version Action Algorithm Credential Date Expires SignedHeaders Security-Token Signature',
);
const smithy = inOrder(
  'Action Version Security-Token Algorithm Credential Date Expires SignedHeaders Signature',
);
const aws4fetch = inOrder(
  'Action Version Expires Date Security-Token Algorithm Credential SignedHeaders Signature',
);
const aws4 = inOrder(
  'Action Version Expires Security-Token Date Algorithm Credential SignedHeaders Signature',
);
const inIreland = at('sts.eu-west-1.amazonaws.com', 'eu-west-1');
const for0 = set('X-Amz-Expires', '0');
const for59 = set('X-Amz-Expires', '59');
const for900 = set('X-Amz-Expires', '900');

type Client = readonly [name: string, expected: Expected, order: Change, ...changes: Change[]];

/** What clients really write (`docs/architecture.md` has the sources); each with and without a session token. */
const clients: readonly Row[] = (
  [
    ['AWS CLI', accepted, cli],
    ['AWS CLI, legacy endpoint', accepted, cli, authority(globalHost)],
    ['AWS CLI, FIPS', accepted, cli, authority('sts-fips.us-east-1.amazonaws.com')],
    ['AWS CLI, dual-stack', accepted, cli, authority('sts.us-east-1.api.aws')],
    ['boto3 in gists, 900 seconds', accepted, cli, for900],
    ['aws-iam-authenticator, eksctl, Argo CD, Crossplane, Terraform', accepted, go, inIreland],
    ['Go with the whole query sorted', accepted, sorted, inIreland],
    ['Flux and Sveltos, 900 seconds', accepted, go, inIreland, for900],
    ['kubernetes-client/java', accepted, java, inIreland],
    ['@smithy/signature-v4', accepted, smithy],
    ['Backstage, 0 seconds', accepted, smithy, inIreland, for0],
    ['aws4fetch with X-Amz-Expires set', accepted, aws4fetch],
    ['aws4fetch as it comes', 'query_parameter_missing', aws4fetch, without('X-Amz-Expires')],
    ['aws4', accepted, aws4],
    ['Ruby SDK, 59 seconds', accepted, cli, inIreland, for59],
    ['Ruby SDK at the global endpoint', 'scope_region_global', cli, at(globalHost, 'eu-west-1'), for59],
  ] satisfies readonly Client[]
).flatMap(([name, expected, written, ...changes]): Row[] => [
  [name, token(...changes, written), expected],
  [`${name}, with a session`, token(session(), ...changes, written), expected],
]);

/** All rows, by the rule that they are about. */
export const tables: readonly (readonly [rule: string, rows: readonly Row[]])[] = [
  ['rule 1, prefix and length', prefix],
  ['rule 2, base64url and ASCII', encoding],
  ['rule 3, the shape of the URL', shape],
  ['rule 4, the host', hosts],
  ['rule 5, the parameters', parameters],
  ['rule 5, their values', values],
  ['rule 6, the scope', scope],
  ['rule 7, the signed headers', headers],
  ['rule 8, X-Amz-Date', times],
  ['rule 8, X-Amz-Expires', expires],
  ['the clients', clients],
];
