/**
 * What counts as a difference between two verdicts, and what of theirs may be logged.
 */
import { describe, expect, test } from 'vitest';
import { hypotheticalIdentity } from '../../src/identity/hypothetical.ts';
import type { Decision } from '../../src/review/decide.ts';
import { compareVerdicts, type Difference } from '../../src/review/shadow/compare.ts';
import { redact } from '../../src/review/shadow/redact.ts';
import type { ReviewStatus, ReviewUser } from '../../src/review/token-review.ts';
import { expectLinear, fill } from '../support/linear.ts';

const alice: ReviewUser = {
  username: 'alice',
  uid: 'aws-iam-authenticator:111122223333:AROAEXAMPLE',
  groups: ['developers', 'viewers'],
  extra: { arn: ['arn:aws:sts::111122223333:assumed-role/Dev/alice'], sessionName: ['alice'] },
};

const identity = hypotheticalIdentity({ arn: 'arn:aws:iam::111122223333:role/Dev', sessionName: 'alice' });
if (identity === undefined) throw new Error('no identity');
const proven = {
  identity,
  sts: { host: 'sts.eu-west-1.amazonaws.com' },
  cached: false,
  verifiedAt: 0,
} as const;

function mapped(user: ReviewUser = alice): Decision {
  return { ...proven, verdict: 'mapped', user, audiences: undefined, rule: 'role Dev', policyVersion: 1 };
}
const denied: Decision = {
  ...proven,
  verdict: 'denied',
  code: 'not_mapped',
  rule: undefined,
  policyVersion: 1,
};
const refused: Decision = {
  verdict: 'refused',
  ok: false,
  code: 'token_expired',
} as Decision;
const foreign: Decision = { verdict: 'foreign' };

function granted(user: Partial<ReviewUser> = {}): ReviewStatus {
  return { authenticated: true, user: { ...alice, ...user } };
}
const no: ReviewStatus = { authenticated: false };
const told = { username: alice.username, groups: alice.groups };

describe('differences', () => {
  test.each<[name: string, theirs: ReviewStatus, ours: Decision, differences: Difference[]]>([
    ['none: the same user', granted(), mapped(), []],
    ['none: groups in another order', granted({ groups: ['viewers', 'developers'] }), mapped(), []],
    ['none: a group twice', granted({ groups: ['viewers', 'developers', 'viewers'] }), mapped(), []],
    [
      'none: keys of extra in another order',
      granted({ extra: { sessionName: ['alice'], arn: alice.extra.arn ?? [] } }),
      mapped(),
      [],
    ],
    ['none: both deny, whatever the reason', { authenticated: false, error: 'expired' }, denied, []],
    ['none: both refuse', no, refused, []],
    ['none: both know nothing of a foreign token', no, foreign, []],
    [
      'they let in, we deny',
      granted(),
      denied,
      [{ field: 'authenticated', theirs: true, ours: false, user: told }],
    ],
    [
      'they let in, we refuse the token',
      granted(),
      refused,
      [{ field: 'authenticated', theirs: true, ours: false, user: told }],
    ],
    [
      'they deny, we let in',
      no,
      mapped(),
      [{ field: 'authenticated', theirs: false, ours: true, user: told }],
    ],
    [
      'they let in a foreign token: nothing is told of it',
      granted(),
      foreign,
      [{ field: 'authenticated', theirs: true, ours: false }],
    ],
    [
      'another username',
      granted({ username: 'bob' }),
      mapped(),
      [{ field: 'username', theirs: 'bob', ours: 'alice' }],
    ],
    [
      'a username in another case',
      granted({ username: 'Alice' }),
      mapped(),
      [{ field: 'username', theirs: 'Alice', ours: 'alice' }],
    ],
    ['another uid', granted({ uid: '' }), mapped(), [{ field: 'uid', theirs: '', ours: alice.uid }]],
    [
      'a group more',
      granted({ groups: [...alice.groups, 'system:masters'] }),
      mapped(),
      [{ field: 'groups', theirs: ['developers', 'system:masters', 'viewers'], ours: alice.groups }],
    ],
    ['no groups', granted({ groups: [] }), mapped(), [{ field: 'groups', theirs: [], ours: alice.groups }]],
    [
      'two groups in one name',
      granted({ groups: ['developers,viewers'] }),
      mapped(),
      [{ field: 'groups', theirs: ['developers,viewers'], ours: alice.groups }],
    ],
    [
      'a key of extra less',
      granted({ extra: { arn: alice.extra.arn ?? [] } }),
      mapped(),
      [{ field: 'extra.sessionName', theirs: undefined, ours: ['alice'] }],
    ],
    [
      'a key of extra more',
      granted({ extra: { ...alice.extra, scopes: ['x'] } }),
      mapped(),
      [{ field: 'extra.scopes', theirs: ['x'], ours: undefined }],
    ],
    [
      'a key that every object inherits',
      granted({ extra: { ...alice.extra, toString: ['x'] } }),
      mapped(),
      [{ field: 'extra.toString', theirs: ['x'], ours: undefined }],
    ],
    [
      'no value and an empty one',
      granted({ extra: { ...alice.extra, sessionName: [] } }),
      mapped(),
      [{ field: 'extra.sessionName', theirs: [], ours: ['alice'] }],
    ],
    [
      'everything at once',
      granted({ username: 'bob', uid: 'u', groups: [], extra: {} }),
      mapped(),
      [
        { field: 'username', theirs: 'bob', ours: 'alice' },
        { field: 'uid', theirs: 'u', ours: alice.uid },
        { field: 'groups', theirs: [], ours: alice.groups },
        { field: 'extra.arn', theirs: undefined, ours: alice.extra.arn },
        { field: 'extra.sessionName', theirs: undefined, ours: ['alice'] },
      ],
    ],
  ])('%s', (_, theirs, ours, differences) => {
    expect(compareVerdicts(theirs, ours)).toEqual(differences);
  });

  test('names that look the same once they may be logged are still compared to the letter', () => {
    const ours = mapped({ ...alice, username: 'al?ce' });
    expect(compareVerdicts(granted({ username: 'al\u0000ce' }), ours)).toEqual([
      { field: 'username', theirs: 'al?ce', ours: 'al?ce' },
    ]);
    const long = 'x y '.repeat(256);
    expect(
      compareVerdicts(granted({ username: `${long}1` }), mapped({ ...alice, username: `${long}2` })),
    ).toHaveLength(1);
  });
});

test.each<[name: string, theirs: ReviewStatus | undefined, ours: Decision | undefined]>([
  ['they gave no verdict', undefined, mapped()],
  ['ours broke', granted(), undefined],
  ['STS throttles us', granted(), { verdict: 'throttled', code: 'sts_throttled' } as Decision],
  ['we have no policy', no, { verdict: 'unavailable', code: 'policy_missing' }],
])('not compared is neither agreement nor difference: %s', (_, theirs, ours) => {
  expect(compareVerdicts(theirs, ours)).toBeUndefined();
});

const token = 'k8s-aws-v1.aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8_QWN0aW9uPUdldA';
const signature = '0123456789abcdef'.repeat(4);
const sessionToken = `FwoGZXIvYXdzE${'Ab+/9'.repeat(30)}==`;

describe('what they say, as it is logged', () => {
  test.each<[attack: string, text: string, words: string]>([
    ['nothing secret', 'role not mapped', 'role not mapped'],
    [
      'an ARN with a long name',
      'arn:aws:iam::111122223333:role/AWSReservedSSO_AdministratorAccess_0123456789abcdef is not mapped',
      'arn:aws:iam::111122223333:role/AWSReservedSSO_AdministratorAccess_0123456789abcdef is not mapped',
    ],
    [
      'a decision ID',
      'no (decision 3f2c1a9e-1111-4222-8333-444455556666)',
      'no (decision 3f2c1a9e-1111-4222-8333-444455556666)',
    ],
    ['an error that echoes the token', `bad token ${token}!`, 'bad token [...]!'],
    ['the token behind other letters', `x${token}`, 'x[...]'],
    [
      'an error that echoes the pre-signed URL',
      `Get "https://sts.amazonaws.com/?X-Amz-Signature=${signature}": timeout`,
      'Get "[...]": timeout',
    ],
    ['a signature alone', `signature ${signature} is wrong`, 'signature [...] is wrong'],
    ['a session token alone', `token ${sessionToken} has ended`, 'token [...] has ended'],
    [
      'lines of a log that is not theirs',
      'no\n{"event":"review","verdict":"mapped"}',
      'no?{"event":"review","verdict":"mapped"}',
    ],
    ['colours for a terminal', '\u001b[31mno', '?[31mno'],
  ])('%s', (_, text, words) => {
    expect(redact(text)).toBe(words);
  });

  test('a name may be long, and none is as long as a signature', () => {
    const name = 'AWSReservedSSO_AdministratorAccess_0123456789abcdef';
    expect(redact(name)).toBe(name);
    for (const secret of [token, signature, sessionToken]) expect(redact(`x ${secret} y`)).toBe('x [...] y');
  });

  test('what differs is logged without secrets', () => {
    const user = { username: token, uid: sessionToken, groups: [signature], extra: { [token]: [token] } };
    for (const ours of [mapped(), denied]) {
      const text = JSON.stringify(compareVerdicts(granted(user), ours));
      for (const secret of [token, sessionToken, signature]) expect(text).not.toContain(secret);
      expect(text).toContain('[...]');
    }
  });

  test('it is cut, and takes linear time', async () => {
    expect(redact('no '.repeat(1000))).toHaveLength(1024);
    for (const piece of ['arn:aws', 'arn:aws:iam::111122223333:', 'k8s-aws-v1', 'https:/', 'a-_ ', 'x']) {
      await expectLinear((size) => redact(fill(piece, size)));
    }
  });
});
