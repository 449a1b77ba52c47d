/**
 * Mutations of what stands before the query: scheme, user info, host, port, path; and of the fragment.
 *
 * @module
 */
import { PARTITIONS } from '../../../src/sts/partitions.ts';
import type { Random } from '../../support/random.ts';
import { type Draft, moveTo } from './draft.ts';
import { type Mutation, ofDraft } from './mutation.ts';

const regionsOf = (partition: string): readonly string[] =>
  PARTITIONS.find(({ id }) => id === partition)?.regions.split(' ') ?? [];

const ours = regionsOf('aws');
const others = PARTITIONS.filter(({ id }) => id !== 'aws');

/** Of the shape of a region, or nearly. The reference keeps every host that it takes, so they are not without number. */
function invented(chance: Random): string {
  const shaped = () =>
    `${chance.pick(['us', 'eu', 'ap', 'af', 'mx', 'xx', 'US', 'us-gov', 'cn', 'us-iso', ''])}-${chance.pick([
      'east',
      'west',
      'north',
      'gov',
      'x',
      '9',
      'east_x',
      '',
    ])}-${chance.below(100)}`;
  const shapeless = [
    's3',
    'evil',
    'us-east-1-',
    '-us-east-1',
    'us-east-1b',
    'us--1',
    'aws-global',
    'a',
    '1',
    '',
  ];
  return chance.below(3) === 0 ? chance.pick(shapeless) : shaped();
}

function endpointOf(region: string, chance: Random): string {
  const suffix = chance.pick(['amazonaws.com', 'amazonaws.com', 'api.aws']);
  return `${chance.pick(['sts', 'sts', 'sts-fips'])}.${region}.${suffix}`;
}

const notSts = [
  'evil.example',
  'iam.amazonaws.com',
  'sts.s3.amazonaws.com',
  'sts.s3.us-east-1.amazonaws.com',
  'sts.evil.example.com',
  'localhost',
  '169.254.169.254',
  '2130706433',
  '[::1]',
  'sts..amazonaws.com',
  'amazonaws.com',
  'vpce-1.sts.us-east-1.vpce.amazonaws.com',
  '',
];

/** Changes the authority. */
const authority = (kind: string, change: (host: string, chance: Random) => string): Mutation =>
  ofDraft(kind, (draft, chance) => {
    draft.authority = change(draft.authority, chance);
    return 'the host';
  });

/** Changes one piece of the URL to one of these. */
const piece = (kind: string, field: 'scheme' | 'path', values: readonly string[]): Mutation =>
  ofDraft(kind, (draft, chance) => {
    draft[field] = chance.pick(values);
    return `the ${field}`;
  });

const moved = (kind: string, to: (draft: Draft, chance: Random) => void): Mutation =>
  ofDraft(kind, (draft, chance) => {
    to(draft, chance);
    return 'host and scope';
  });

/** In the place of a dot or a letter, what some parser takes for it. */
const homoglyphs = ['\xe3\x80\x82', '\xef\xbc\x8e', '\xd0\xb0', '\xc2\xad', '\xe2\x80\x8b'];

export const hostMutations: readonly Mutation[] = [
  moved('another endpoint', (draft, chance) => {
    const region = chance.pick(ours);
    moveTo(draft, endpointOf(region, chance), region);
  }),
  moved('the global endpoint', (draft, chance) =>
    moveTo(draft, 'sts.amazonaws.com', chance.pick(['us-east-1', 'us-east-1', 'eu-west-1', 'aws-global'])),
  ),
  moved('an invented region', (draft, chance) => {
    const region = invented(chance);
    moveTo(draft, endpointOf(region, chance), region);
  }),
  moved('another partition', (draft, chance) => {
    const { regions, dnsSuffix, dualStackDnsSuffix } = chance.pick(others);
    const region = chance.pick(regions.split(' '));
    moveTo(draft, `sts.${region}.${chance.pick([dnsSuffix, dualStackDnsSuffix, 'amazonaws.com'])}`, region);
  }),
  authority('a host that is not STS', (_, chance) => chance.pick(notSts)),
  authority('host of another region than the scope', (_, chance) => endpointOf(chance.pick(ours), chance)),
  authority('STS in another name', (host, chance) =>
    chance.pick([
      `${host}.evil.example`,
      `evil.${host}`,
      `evil-${host}`,
      `${host}.cn`,
      `${host},evil.example`,
    ]),
  ),
  authority('trailing dot', (host) => `${host}.`),
  authority('host in another case', (host, chance) =>
    chance.below(2) === 0 ? host.toUpperCase() : host.replace(/^sts/, 'Sts'),
  ),
  authority('IDN', (host, chance) => {
    const at = chance.below(host.length);
    return host.slice(0, at) + chance.pick(homoglyphs) + host.slice(at + 1);
  }),
  authority('percent in the host', (host, chance) =>
    host.replace('.', chance.pick(['%2E', '%2e', '%252E', '%00.', '.%20', '%'])),
  ),
  authority('odd character in the host', (host, chance) => {
    const at = chance.below(host.length + 1);
    return (
      host.slice(0, at) + chance.pick(['_', ' ', '\t', '"', '|', '^', '[', ';', '*', '..']) + host.slice(at)
    );
  }),
  authority('port', (host, chance) => `${host}${chance.pick([':443', ':', ':80', ':8443', ':x', ':00443'])}`),
  authority('user info', (host, chance) =>
    chance.pick([
      `user:password@${host}`,
      `@${host}`,
      `${host}@evil.example`,
      `a%40b@${host}`,
      `${host}:443@${host}`,
    ]),
  ),
  piece('scheme', 'scheme', [
    'http://',
    'HTTPS://',
    'Https://',
    '//',
    '',
    ' https://',
    'https:/',
    'https:',
    'file://',
    'https:\\\\',
  ]),
  piece('path', 'path', [
    '',
    '//',
    '/./',
    '/../',
    '/%2e/',
    '/%2F',
    '/sts',
    '/;a=b',
    '\\',
    '/%',
    '/index.html',
    '%2F',
  ]),
  ofDraft('fragment', (draft, chance) => {
    const pair = chance.pick(draft.query);
    const fragment = chance.pick(['#', '#x', '#&Action=AssumeRole', '%23']);
    if (chance.below(2) === 0) draft.authority += fragment;
    else pair[1] = `${pair[1] ?? ''}${fragment}`;
    return 'host or query';
  }),
];
