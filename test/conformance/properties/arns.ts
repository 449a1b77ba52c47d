/**
 * What holds for every ARN, and for whatever STS says of a caller.
 */
import fc from 'fast-check';
import { type CallerArn, canonicalArn, parseCallerArn } from '../../../src/identity/arn.ts';
import { hypotheticalIdentity } from '../../../src/identity/hypothetical.ts';
import { readIdentity } from '../../../src/identity/identity.ts';
import { ensure, ensureSame, type Property, parser, property } from '../../support/property.ts';
import { spoiltText } from '../../support/spoil.ts';

const alphabet = 'abzABZ019_+=,.@-';
const name = (least: number, most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: least, maxLength: most });

interface Names {
  readonly partition: string;
  readonly account: string;
  readonly path: string;
  readonly name: string;
  readonly session: string;
}

const names: fc.Arbitrary<Names> = fc.record({
  partition: fc.constantFrom('aws', 'aws-cn', 'aws-us-gov'),
  account: fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 12, maxLength: 12 }),
  path: fc.constantFrom('/', '/a/', '/a/b:c/', '//', '/aws-reserved/sso.amazonaws.com/'),
  name: name(2, 32),
  session: name(2, 64),
});

/** An ARN of each kind. */
const forms: readonly ((of: Names) => string)[] = [
  ({ partition, account }) => `arn:${partition}:iam::${account}:root`,
  ({ partition, account, path, name: user }) => `arn:${partition}:iam::${account}:user${path}${user}`,
  ({ partition, account, path, name: role }) => `arn:${partition}:iam::${account}:role${path}${role}`,
  ({ partition, account, name: role, session }) =>
    `arn:${partition}:sts::${account}:assumed-role/${role}/${session}`,
  ({ partition, account, name: federated }) => `arn:${partition}:sts::${account}:federated-user/${federated}`,
];

const words = ['arn:', ':root', 'user/', 'role/', 'assumed-role/', '/', ':', 'aws', '::'];

const goodArn = fc.tuple(names, fc.constantFrom(...forms)).map(([of, form]) => form(of));
const anyArn = spoiltText(goodArn, words);

function write(arn: CallerArn): string {
  const head = (service: string): string => `arn:${arn.partition}:${service}::${arn.account}:`;
  switch (arn.type) {
    case 'root':
      return `${head('iam')}root`;
    case 'user':
    case 'role':
      return `${head('iam')}${arn.type}${arn.path}${arn.name}`;
    case 'assumed-role':
      return `${head('sts')}assumed-role/${arn.name}/${arn.sessionName}`;
    case 'federated-user':
      return `${head('sts')}federated-user/${arn.name}`;
  }
}

const userIds: Readonly<Record<CallerArn['type'], (arn: CallerArn) => string>> = {
  root: ({ account }) => account,
  user: () => 'AIDAEXAMPLEID0000000B',
  role: () => 'AROAEXAMPLEID0000000A',
  'assumed-role': (arn) => `AROAEXAMPLEID0000000A:${'sessionName' in arn ? arn.sessionName : ''}`,
  'federated-user': (arn) => `${arn.account}:${'name' in arn ? arn.name : ''}`,
};

/** What STS says of a caller; spoilt, most of them. */
const callers = goodArn.chain((text) => {
  const arn = parseCallerArn(text);
  const userId = arn === undefined ? '' : userIds[arn.type](arn);
  return fc.record({
    arn: fc.oneof({ weight: 2, arbitrary: fc.constant(text) }, spoiltText(fc.constant(text), words)),
    userId: fc.oneof({ weight: 2, arbitrary: fc.constant(userId) }, spoiltText(fc.constant(userId), [':'])),
    account: fc.oneof(
      { weight: 3, arbitrary: fc.constant(text.split(':')[4] as string) },
      fc.constantFrom('111122223333', '', '1'),
    ),
    partition: fc.oneof(
      { weight: 3, arbitrary: fc.constant(text.split(':')[1] as string) },
      fc.constantFrom('aws', 'aws-cn'),
    ),
  });
});

export const arns: readonly Property[] = [
  property({
    name: 'ARN: written as it was read, and the canonical one is its own',
    input: anyArn,
    check: (text) => {
      const arn = parseCallerArn(text);
      if (arn === undefined) return false;
      ensureSame(write(arn), text, 'written');
      ensureSame(parseCallerArn(write(arn)), arn, 'read again');
      const canonical = canonicalArn(arn);
      const again = parseCallerArn(canonical);
      ensure(again !== undefined, `the canonical ARN ${canonical} is none`);
      ensureSame(canonicalArn(again), canonical, 'the canonical ARN of the canonical ARN');
      ensureSame(again.type, arn.type === 'assumed-role' ? 'role' : arn.type, 'its type');
      ensureSame([again.partition, again.account], [arn.partition, arn.account], 'whose it is');
      if (arn.type !== 'root') ensureSame('name' in again && again.name, arn.name, 'its name');
      ensure(/^arn:[a-z-]+:(?:iam|sts)::[0-9]{12}:[\x21-\x7e]+$/.test(canonical), 'more than an ARN');
      return true;
    },
  }),
  property({
    name: 'ARN: an identity says what STS said, and STS agrees with itself',
    input: callers,
    check: ({ partition, ...caller }) => {
      const identity = readIdentity(caller, { partition, accessKeyId: 'ASIAEXAMPLE' });
      if (identity === undefined) return false;
      ensureSame(identity.arn, caller.arn, 'the ARN');
      ensureSame([identity.account, identity.partition], [caller.account, partition], 'whose it is');
      ensure(identity.arn.split(':')[4] === caller.account, 'another account than in the ARN');
      ensure(caller.userId.startsWith(identity.principalId ?? '?'), 'another principal');
      const { sessionName } = identity;
      const id = sessionName === undefined ? identity.principalId : `${identity.principalId}:${sessionName}`;
      ensureSame(id, caller.userId, 'the user ID');
      if (sessionName !== undefined) ensure(caller.arn.endsWith(`/${sessionName}`), 'another session');
      return true;
    },
  }),
  parser({
    name: 'ARN: whoever is described is nobody, or of that ARN',
    input: fc.record({ arn: anyArn, proof: fc.constantFrom('aws-jwt' as const, 'signed-url' as const) }),
    read: (description) => {
      const identity = hypotheticalIdentity(description);
      if (identity === undefined) return false;
      ensureSame(identity.account, description.arn.split(':')[4], 'another account than in the ARN');
      return true;
    },
  }),
];
