/**
 * Mutations of the values of parameters, but for the date.
 *
 * @module
 */
import type { Random } from '../../support/random.ts';
import { amzDate } from '../../support/token-builder.ts';
import { type Draft, type Name, rawValue, setScope, setValue, writeDraft } from './draft.ts';
import { type Mutation, ofDraft } from './mutation.ts';

const dayMs = 24 * 60 * 60_000;

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const hex = '0123456789abcdef';

/** Sets a value. */
const value = (
  kind: string,
  name: Name,
  of: (chance: Random, now: number, current: string) => string,
): Mutation =>
  ofDraft(kind, (draft, chance, now) => {
    setValue(draft, name, of(chance, now, rawValue(draft, name)));
    return name;
  });

const oneOf = (kind: string, name: Name, values: readonly string[]): Mutation =>
  value(kind, name, (chance) => chance.pick(values));

/** Sets a part of the credential. */
const scope = (kind: string, part: number, of: (chance: Random, now: number) => string): Mutation =>
  ofDraft(kind, (draft, chance, now) => {
    setScope(draft, part, of(chance, now));
    return 'X-Amz-Credential';
  });

/** Fills the session token, so that the token has about this length, in characters. */
function ofLength(draft: Draft, length: number): void {
  setValue(draft, 'X-Amz-Security-Token', '');
  const missing = Math.floor(((length - 'k8s-aws-v1.'.length) * 3) / 4) - writeDraft(draft).length;
  setValue(draft, 'X-Amz-Security-Token', 'A'.repeat(Math.max(0, missing)));
}

const around = (length: number): Mutation =>
  ofDraft(`around ${length} characters`, (draft, chance) => {
    ofLength(draft, length - 8 + chance.below(17));
    return 'X-Amz-Security-Token';
  });

export const valueMutations: readonly Mutation[] = [
  value('X-Amz-Expires within its bounds', 'X-Amz-Expires', (chance) => String(chance.below(901))),
  oneOf('X-Amz-Expires out of bounds', 'X-Amz-Expires', [
    '901',
    '-1',
    '604800',
    '9'.repeat(400),
    '2147483648',
  ]),
  oneOf('X-Amz-Expires in another form', 'X-Amz-Expires', [
    ...[
      '060',
      '00',
      '-0',
      '%2B60',
      '+60',
      '0x3c',
      '1e2',
      '60.0',
      '6_0',
      '%2060',
      '60%20',
      '',
      'NaN',
      '60s',
      '%D9%A6',
    ],
  ]),
  scope('scope of another day', 1, (chance, now) =>
    amzDate(now + chance.pick([-2, -1, 1, 365]) * dayMs).slice(0, 8),
  ),
  scope('scope without a good day', 1, (chance) => chance.pick(['', '2026', '2026-11-24', '20261324', 'x'])),
  scope('scope of another region', 2, (chance) =>
    chance.pick(['eu-west-9', 'US-EAST-1', '', 'aws-global', 'cn-north-1', 'us-east-1%2Fus-east-1']),
  ),
  scope('scope of another service', 3, (chance) => chance.pick(['iam', 's3', 'STS', '', 'sts%20', 'eks'])),
  scope('scope with another terminator', 4, (chance) =>
    chance.pick([
      'aws5_request',
      'AWS4_REQUEST',
      '',
      'aws4_request%2F',
      'aws4_request%0A',
      'aws4_request%2Fx',
    ]),
  ),
  scope('another access key', 0, (chance) => `ASIA${chance.text(16, alphanumeric)}`),
  scope('access key in another form', 0, (chance) =>
    chance.pick([
      '',
      'AKI',
      'A'.repeat(129),
      'AKID-EXAMPLE',
      'AKID%00',
      'AKID%0AEXAMPLE',
      '%2FAKID',
      'AK%C3%8FD',
    ]),
  ),
  oneOf('signed headers in another order', 'X-Amz-SignedHeaders', ['x-k8s-aws-id%3Bhost']),
  oneOf('signed header extra', 'X-Amz-SignedHeaders', [
    ...[
      'accept%3Bhost%3Bx-k8s-aws-id',
      'host%3Bx-amz-target%3Bx-k8s-aws-id',
      'host%3Bx-k8s-aws-id%3Bx-other',
    ],
    ...['host%3Bhost%3Bx-k8s-aws-id', 'host%3Bx-k8s-aws-id%3B', '%3Bhost%3Bx-k8s-aws-id'],
  ]),
  oneOf('signed headers in another case', 'X-Amz-SignedHeaders', [
    'Host%3BX-K8s-Aws-Id',
    'host%3BX-K8S-AWS-ID',
  ]),
  oneOf('signed header missing', 'X-Amz-SignedHeaders', ['host', 'x-k8s-aws-id', '', 'host%3Bx-k8s-aws-i']),
  oneOf('signed headers with another separator', 'X-Amz-SignedHeaders', [
    ...['host%2Cx-k8s-aws-id', 'host%3B%20x-k8s-aws-id', 'host;x-k8s-aws-id', 'host%253Bx-k8s-aws-id'],
  ]),
  oneOf('algorithm', 'X-Amz-Algorithm', [
    'AWS4-ECDSA-P256-SHA256',
    'AWS4-HMAC-SHA1',
    'none',
    '',
    'aws4-hmac-sha256',
  ]),
  oneOf('version', 'Version', ['2012-06-15', '2011-06-14', '', '2011%2D06-15', '2011-06-15%20']),
  oneOf('action', 'Action', [
    ...[
      'AssumeRole',
      'getcalleridentity',
      'GetCallerIdentity%20',
      '',
      'GetSessionToken',
      'GetCallerIdentit%79',
    ],
  ]),
  value('another signature', 'X-Amz-Signature', (chance) => chance.text(64, hex)),
  value('signature in another form', 'X-Amz-Signature', (chance, _, current) =>
    chance.pick([
      current.toUpperCase(),
      current.slice(1),
      `${current}0`,
      '',
      `${current}%0A`,
      'g'.repeat(64),
    ]),
  ),
  value(
    'another session token',
    'X-Amz-Security-Token',
    (chance) =>
      chance.text(4 + chance.below(900), base64) + chance.pick(['', '%3D', '%3D%3D', '==', '%2F%2B', '-_']),
  ),
  value(
    'session token in another form',
    'X-Amz-Security-Token',
    (chance) =>
      chance.text(8, base64) +
      chance.pick(['%20', '%00', '%0D%0A', '%26Action%3DAssumeRole', '%C3%A9', '.', '%7E', '%FF']),
  ),
  around(4096),
  around(8192),
];
