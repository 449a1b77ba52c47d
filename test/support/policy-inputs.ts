/**
 * Identities and rules for properties, of a world so small that they meet: two accounts, a few names, and texts that
 * together could make a reserved name.
 */
import fc from 'fast-check';
import { type Description, hypotheticalIdentity } from '../../src/identity/hypothetical.ts';
import type { Identity } from '../../src/identity/identity.ts';

const accounts = ['111122223333', '444455556666'] as const;
const sso = 'AWSReservedSSO_Admin_0123456789abcdef';
const roles = [
  'Admin',
  'admin',
  'system',
  'eks',
  'masters',
  sso,
  'AWSReservedSSO_Admin_Billing_0123456789abcdef',
];
const users = ['/bob', '/people/Bob', '/people/bob', '/a/system', '/x:y/bob'];
const federated = ['fred', 'Fred', 'iam'];

const account = fc.constantFrom(...accounts);

/** Names that a caller chooses: half of them by chance, half of words that a reserved name consists of. */
const sessionName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['alice', 'Alice@example.com', 'system', 'SYSTEM', 'masters', 'eks', 'aws', 'amazon', 'iam'],
  ),
  fc.string({
    unit: fc.constantFrom(...'abcSYSTEMsystem0189_+=,.@-'),
    minLength: 2,
    maxLength: 64,
  }),
);

/** Tags may have more characters than names may: a rule's names must refuse them. */
const tagValue = fc.oneof(
  fc.constantFrom('a', 'team a', 'system:masters', 'system:', 'eks:x', '', ':', 'masters', 'İam:', 'system'),
  fc.string({ unit: fc.constantFrom(...'ab:/ _.@İſK'), maxLength: 8 }),
);

const signed: fc.Arbitrary<Description> = fc.record({
  arn: fc.oneof(
    { weight: 4, arbitrary: arn('assumed-role', sessionName) },
    { weight: 2, arbitrary: arn('user') },
    { weight: 1, arbitrary: arn('federated-user') },
    { weight: 1, arbitrary: account.map((of) => `arn:aws:iam::${of}:root`) },
  ),
  principalId: fc.option(fc.constantFrom('AROAEXAMPLEID0000000A', 'AIDAEXAMPLEID0000000B'), {
    nil: undefined,
  }),
  accessKeyId: fc.constantFrom('ASIAEXAMPLE', 'system'),
});

const ofJwt: fc.Arbitrary<Description> = fc.record({
  proof: fc.constant('aws-jwt'),
  arn: fc.oneof(arn('role'), arn('user')),
  orgId: fc.option(fc.constant('o-a1b2c3d4e5'), { nil: undefined }),
  principalTags: fc.option(fc.record({ team: tagValue, Team: tagValue }, { requiredKeys: [] }), {
    nil: undefined,
  }),
  sourceIdentity: fc.option(sessionName, { nil: undefined }),
});

/** Somebody proven. */
export const identities: fc.Arbitrary<Identity> = fc
  .oneof({ weight: 3, arbitrary: signed }, { weight: 1, arbitrary: ofJwt })
  .map((description) => hypotheticalIdentity(description) as Identity);

function arn(
  type: 'assumed-role' | 'role' | 'user' | 'federated-user',
  session: fc.Arbitrary<string> = fc.constant(''),
): fc.Arbitrary<string> {
  return fc
    .record({ of: account, role: fc.constantFrom(...roles), user: fc.constantFrom(...users), session })
    .chain(({ of, role, user, session: name }) => {
      if (type === 'assumed-role') return fc.constant(`arn:aws:sts::${of}:assumed-role/${role}/${name}`);
      if (type === 'role') return fc.constant(`arn:aws:iam::${of}:role/${role}`);
      if (type === 'user') return fc.constant(`arn:aws:iam::${of}:user${user}`);
      return fc.constantFrom(...federated).map((fed) => `arn:aws:sts::${of}:federated-user/${fed}`);
    });
}

const pieces = [
  ...[
    'system:',
    'SYSTEM:',
    'System',
    'sys',
    'tem:',
    ':',
    'eks:',
    'eks',
    'Aws:',
    'amazon',
    'iam',
    'x',
    '-',
    ' ',
  ],
  ...['system:masters', 'masters', 'system:node:', 'node:', 'system:nodes'],
  ...[
    '{{SessionName}}',
    '{{SessionNameRaw}}',
    '{{RoleName}}',
    '{{AccountID}}',
    '{{PrincipalID}}',
    '{{Partition}}',
  ],
  ...['{{AccessKeyID}}', '{{EC2PrivateDNSName}}', '{{SourceIdentity}}', '{{PrincipalTag:team}}'],
];

/** Templates that mix literal text with values. */
export const templates: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 4 })
  .map((some) => some.join(''));

/** What a rule gives. */
export const grants: fc.Arbitrary<object> = fc.record(
  {
    username: templates,
    groups: fc.array(templates, { maxLength: 3 }),
    reserved: fc.constantFrom('node', 'masters', 'custom'),
    acknowledgeSessionNode: fc.boolean(),
  },
  { requiredKeys: ['username'] },
);

const globs = fc.constantFrom('*', 'a*', 'Alice*', '*@example.com', 'system', 'm?sters', 's*');

/** Whom a rule names, of each kind. */
export const principals: fc.Arbitrary<object> = fc.oneof(
  { weight: 3, arbitrary: arn('role').map((role) => ({ role })) },
  { weight: 1, arbitrary: arn('role').map((role) => ({ role: role.replace(':role/', ':role/some/path/') })) },
  { weight: 2, arbitrary: fc.oneof(arn('user'), arn('federated-user')).map((user) => ({ user })) },
  { weight: 1, arbitrary: account.map((of) => ({ user: `arn:aws:iam::${of}:root` })) },
  {
    weight: 1,
    arbitrary: arn('role').map((role) => ({ role, principalId: 'AROAEXAMPLEID0000000A' })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        permissionSet: fc.constantFrom('Admin', 'admin', 'Admin_Billing'),
        accounts: fc.uniqueArray(account, { minLength: 1 }),
      })
      .map((set) => ({ sso: set })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        account,
        fc.constantFrom('role/A*', 'role/*', 'user/people/*', 'user/*', 'role/?dmin', 'user/*bob'),
      )
      .map(([of, glob]) => ({ pattern: `arn:aws:iam::${of}:${glob}` })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(account, fc.constantFrom('f*', '?red'))
      .map(([of, glob]) => ({ pattern: `arn:aws:sts::${of}:federated-user/${glob}` })),
  },
  { weight: 1, arbitrary: account.map((of) => ({ account: of })) },
);

/** What has to hold besides; nothing for half of the rules. */
export const conditional: fc.Arbitrary<object> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc
      .array(globs, { minLength: 1, maxLength: 2 })
      .map((sessionName) => ({ conditions: { sessionName } })),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom('a', 'team*', '*:*'), { minLength: 1, maxLength: 2 })
      .map((team) => ({ conditions: { principalTags: { team } } })),
  },
  { weight: 1, arbitrary: fc.constantFrom('signed-url', 'aws-jwt').map((proof) => ({ proof })) },
);

/** A rule as it is written; most of them are valid. */
export const rules: fc.Arbitrary<object> = fc
  .tuple(principals, conditional, fc.nat(2), fc.constantFrom('x', 'user:{{SessionName}}', '{{RoleName}}'))
  .map(([named, more, kind, username]) => {
    if (kind === 0) return { ...named, ...more, deny: true };
    if ('account' in named) return { ...named, ...more, includeRoot: kind === 1 };
    const broad = 'pattern' in named ? { acknowledgeBroad: true } : {};
    return { ...named, ...more, ...broad, username, groups: ['g'] };
  });
