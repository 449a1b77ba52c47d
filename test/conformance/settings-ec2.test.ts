/**
 * The settings of look-ups in EC2: all or none, and nothing of a key in what is said of them.
 */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { readSettings } from '../../src/runtime/settings.ts';

const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const base = { CALLERID_CLUSTER: 'prod.example.com', CALLERID_API_SERVER_AUTH: 'none' };
const ec2 = {
  CALLERID_EC2_REGION: 'eu-west-1',
  CALLERID_EC2_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  CALLERID_EC2_SECRET_ACCESS_KEY: secret,
};
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: secret };
const roles = ['arn:aws:iam::111122223333:role/a/Lookup', 'arn:aws:iam::444455556666:role/Lookup'];

test('without them nothing is looked up', () => {
  expect('ec2' in readSettings(base)).toBe(false);
});

test.each<[string, object, object]>([
  ['the least', {}, { region: 'eu-west-1', credentials }],
  [
    'a session',
    { CALLERID_EC2_SESSION_TOKEN: 'a/b==' },
    { region: 'eu-west-1', credentials: { ...credentials, sessionToken: 'a/b==' } },
  ],
  ['roles', { CALLERID_EC2_ROLE_ARNS: roles.join(', ') }, { region: 'eu-west-1', credentials, roles }],
  [
    'another partition',
    { CALLERID_PARTITION: 'aws-cn', CALLERID_EC2_REGION: 'cn-north-1' },
    { region: 'cn-north-1', credentials },
  ],
])('%s', (_, change, expected) => {
  expect(readSettings({ ...base, ...ec2, ...change }).ec2).toEqual(expected);
});

describe('wrong', () => {
  const lone = (
    name: keyof typeof ec2 | 'CALLERID_EC2_ROLE_ARNS' | 'CALLERID_EC2_SESSION_TOKEN',
    value: string,
  ) => ({
    ...Object.fromEntries(Object.keys(ec2).map((one) => [one, undefined])),
    [name]: value,
  });

  test.each<[string, object, string]>([
    ['no region', { CALLERID_EC2_REGION: '' }, 'CALLERID_EC2_REGION: not set'],
    ['no key ID', { CALLERID_EC2_ACCESS_KEY_ID: undefined }, 'CALLERID_EC2_ACCESS_KEY_ID: not set'],
    ['no secret', { CALLERID_EC2_SECRET_ACCESS_KEY: '' }, 'CALLERID_EC2_SECRET_ACCESS_KEY: not set'],
    [
      'only roles',
      lone('CALLERID_EC2_ROLE_ARNS', roles[0] as string),
      'CALLERID_EC2_REGION: not set, though CALLERID_EC2_ROLE_ARNS is',
    ],
    ['only a session', lone('CALLERID_EC2_SESSION_TOKEN', secret), 'CALLERID_EC2_REGION: not set'],
    [
      'the secret for the region',
      { CALLERID_EC2_REGION: secret },
      'CALLERID_EC2_REGION: no region of partition aws',
    ],
    [
      'a region of another partition',
      { CALLERID_EC2_REGION: 'cn-north-1' },
      'CALLERID_EC2_REGION: no region of partition aws',
    ],
    [
      'the secret for the key ID',
      { CALLERID_EC2_ACCESS_KEY_ID: secret },
      'CALLERID_EC2_ACCESS_KEY_ID: are not',
    ],
    [
      'a secret with a space',
      { CALLERID_EC2_SECRET_ACCESS_KEY: `${secret} ` },
      'CALLERID_EC2_ACCESS_KEY_ID: are not',
    ],
    ['the secret for a role', { CALLERID_EC2_ROLE_ARNS: secret }, 'CALLERID_EC2_ROLE_ARNS: is not the ARN'],
    [
      'two roles of one account',
      { CALLERID_EC2_ROLE_ARNS: `${roles[0]},${roles[0]}` },
      'CALLERID_EC2_ROLE_ARNS: is the second',
    ],
    [
      'an endpoint, which nobody may set',
      { CALLERID_EC2_ENDPOINT: 'http://127.0.0.1' },
      'CALLERID_EC2_ENDPOINT: no such setting',
    ],
  ])('%s', (_, change, message) => {
    let error: unknown;
    try {
      readSettings({ ...base, ...ec2, ...change });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain(secret.slice(0, 10));
  });
});
