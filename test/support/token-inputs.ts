/**
 * Tokens for properties: good ones in every spelling that the grammar takes, and spoilt ones.
 */
import fc from 'fast-check';
import { cliTokens, signingTime } from './cli-tokens.ts';
import { spoiltText } from './spoil.ts';
import { amzDate, now, wrap } from './token-builder.ts';

/** A text that may be a token, and when it is read, in milliseconds since the epoch. */
export interface TokenInput {
  readonly token: string;
  readonly now: number;
}

/** Hosts of the partition `aws`, with their regions: listed ones, and one of a region that is yet to come. */
const hosts: readonly (readonly [host: string, region: string])[] = [
  ['sts.us-east-1.amazonaws.com', 'us-east-1'],
  ['sts.amazonaws.com', 'us-east-1'],
  ['sts-fips.us-west-2.amazonaws.com', 'us-west-2'],
  ['sts.eu-west-1.api.aws', 'eu-west-1'],
  ['sts.eu-west-9.amazonaws.com', 'eu-west-9'],
];

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';
const base64 = `${letters}${letters.toLowerCase()}${digits}+/=-_`;

function textOf(alphabet: string, minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });
}

/** Ways to write a value, all of which mean the same. */
const spellings: readonly ((value: string) => string)[] = [
  encodeURIComponent,
  (value) => encodeURIComponent(value).replace(/%../g, (escaped) => escaped.toLowerCase()),
  (value) => encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%3D', '='),
  (value) => value.replace(/[^a-z]/g, (character) => `%${character.charCodeAt(0).toString(16)}`),
];

const spelling = fc.constantFrom(...spellings);

/** A URL that is good at {@link now}, but for the time since it was signed, in seconds. */
const urlSigned = (secondsAgo: fc.Arbitrary<number>): fc.Arbitrary<string> =>
  fc
    .record({
      host: fc.constantFrom(...hosts),
      key: textOf(letters + digits, 4, 20),
      secondsAgo,
      expires: fc.nat(900),
      session: fc.option(textOf(base64, 1, 40), { nil: undefined }),
      signature: textOf(`${digits}abcdef`, 64, 64),
      spell: fc.record({ credential: spelling, session: spelling, date: spelling }),
      order: fc.option(fc.array(fc.nat(100), { minLength: 9, maxLength: 9 }), { nil: undefined }),
    })
    .map(({ host: [host, region], key, secondsAgo, expires, session, signature, spell, order }) => {
      const date = amzDate(now - secondsAgo * 1000);
      const scope = `${key}/${date.slice(0, 8)}/${region}/sts/aws4_request`;
      const pairs = [
        'Action=GetCallerIdentity',
        'Version=2011-06-15',
        'X-Amz-Algorithm=AWS4-HMAC-SHA256',
        `X-Amz-Credential=${spell.credential(scope)}`,
        `X-Amz-Date=${spell.date(date)}`,
        `X-Amz-Expires=${expires}`,
        'X-Amz-SignedHeaders=host%3Bx-k8s-aws-id',
        ...(session === undefined ? [] : [`X-Amz-Security-Token=${spell.session(session)}`]),
        `X-Amz-Signature=${signature}`,
      ];
      const places = pairs.map((pair, at) => [order?.[at] ?? at, pair] as const);
      const query = places.sort(([a], [b]) => a - b).map(([, pair]) => pair);
      return `https://${host}/?${query.join('&')}`;
    });

const goodUrl = urlSigned(fc.integer({ min: -300, max: 900 }));

/** Whole parameters that are there twice, or not, or with the value of another. */
const otherQuery: fc.Arbitrary<string> = fc
  .record({
    url: urlSigned(fc.integer({ min: -600, max: 1500 })),
    edit: fc.constantFrom('none', 'double', 'double', 'leave out', 'exchange', 'add'),
    at: fc.nat(20),
    to: fc.nat(20),
  })
  .map(({ url, edit, at, to }) => {
    const [head, query = ''] = url.split('?');
    const pairs = query.split('&');
    const [here, there] = [at % pairs.length, to % pairs.length];
    const [name = '', value = ''] = (pairs[here] as string).split('=');
    if (edit === 'double') pairs.splice(there, 0, pairs[here] as string);
    else if (edit === 'leave out') pairs.splice(here, 1);
    else if (edit === 'exchange') pairs[here] = `${name}=${(pairs[there] as string).split('=')[1]}`;
    else if (edit === 'add') pairs.splice(there, 0, `${name.toLowerCase()}=${value}`);
    return `${head}?${pairs.join('&')}`;
  });

/** What a URL is spoilt with: what a reader might take for a part of it. */
const words = [
  ...[
    '&',
    '=',
    '%',
    '%2F',
    '%2f',
    '%252F',
    '%3D',
    '%2B',
    '%00',
    '%0A',
    '%E9',
    '%C3%A9',
    '+',
    '//',
    '/',
    '..',
  ],
  ...['https://', '@', ':443', '#', '?', '&&', '&x=y', 'X-Amz-Date', 'x-amz-date', '&Action=GetSessionToken'],
  ...['&X-Amz-Security-Token=AAAA', '&X-Amz-Expires=60', 'sts.evil.com', '.amazonaws.com', 'eu-west-1', '01'],
];

/** Good URLs of our own and of the AWS CLI, each with the time that it is good at. */
const goodUrls: fc.Arbitrary<{ readonly url: string; readonly now: number }> = fc.oneof(
  { weight: 4, arbitrary: goodUrl.map((url) => ({ url, now })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...cliTokens.map(({ url }) => ({ url, now: signingTime(url) }))),
  },
);

/** Tokens that the grammar takes. */
export const goodToken: fc.Arbitrary<TokenInput> = goodUrls.map(({ url, now: at }) => ({
  token: wrap(url),
  now: at,
}));

/** Good tokens, spoilt inside or outside of their base64url, and texts by chance. */
export const anyToken: fc.Arbitrary<TokenInput> = fc.oneof(
  { weight: 2, arbitrary: goodToken },
  {
    weight: 5,
    arbitrary: goodUrls.chain(({ url, now: at }) =>
      spoiltText(fc.constant(url), words).map((spoilt) => ({ token: wrap(spoilt), now: at })),
    ),
  },
  { weight: 2, arbitrary: otherQuery.map((url) => ({ token: wrap(url), now })) },
  {
    weight: 2,
    arbitrary: goodToken.chain(({ token, now: at }) =>
      spoiltText(fc.constant(token), ['k8s-aws-v1.', '=', '.']).map((spoilt) => ({ token: spoilt, now: at })),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .oneof(fc.string({ unit: 'binary', maxLength: 300 }), textOf(base64, 0, 300).map(prefixed))
      .map((token) => ({ token, now })),
  },
);

function prefixed(text: string): string {
  return `k8s-aws-v1.${text}`;
}
