/**
 * Importing what is not aws-auth: the server's config file, IAMIdentityMapping objects, access entries of EKS, the
 * dynamic file; and several of them in one file.
 */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PolicyError } from '../../src/errors/classes.ts';
import { importDocuments } from '../../src/mapping/formats/import.ts';
import type { Imported } from '../../src/mapping/formats/source.ts';
import accessEntryText from '../fixtures/access-entry.json?raw';
import { account, outcome, roleArn, session, user } from '../support/identities.ts';

const parseYaml = (text: string): unknown => parse(text, { schema: 'core' });
const importing = (...documents: unknown[]): Imported => importDocuments(documents, { parseYaml });
const acknowledged = (...documents: unknown[]): Imported =>
  importDocuments(documents, { parseYaml, acknowledgeSessionNode: true });

function issuesOf(...documents: unknown[]): string[] {
  try {
    importing(...documents);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return error.issues.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const notesOf = ({ notes }: Imported): string[] => notes.map(({ path, message }) => `${path}: ${message}`);

const bob = user('Bob').arn;
/** Of JSON, and yet `String` throws. */
const noText = { toString: 1, valueOf: 1 };
const serverConfig = (server: object, rest: object = {}) => ({ clusterID: 'c.example.com', ...rest, server });
const mapping = (arn: unknown, rest: object = {}) => ({
  apiVersion: 'iamauthenticator.k8s.aws/v1alpha1',
  kind: 'IAMIdentityMapping',
  metadata: { name: 'a' },
  spec: { arn, username: 'u', groups: ['g'], ...rest },
  status: { canonicalARN: String(arn).toLowerCase(), userID: '' },
});
const described = (fields: object) => ({
  accessEntry: { clusterName: 'c', principalArn: roleArn('Admin'), tags: {}, type: 'STANDARD', ...fields },
});
const node = { username: 'system:node:{{EC2PrivateDNSName}}', kubernetesGroups: ['system:nodes'] };
const admin = { rolearn: roleArn('Admin'), username: 'admin', groups: ['a'] };
const adminRule = { role: roleArn('Admin'), username: 'admin', groups: ['a'] };

describe('comes out', () => {
  test.each<[string, unknown, readonly object[]]>([
    [
      'a server config',
      serverConfig({
        port: 21362,
        mapRoles: [{ roleARN: roleArn('Admin'), username: 'admin', groups: ['a'] }],
        mapUsers: [{ userARN: bob, username: 'bob' }],
        mapAccounts: ['000000000012'],
      }),
      [adminRule, { user: bob, username: 'bob', groups: [] }, { account: '000000000012' }],
    ],
    [
      'one in the ConfigMap of the DaemonSet',
      {
        kind: 'ConfigMap',
        data: { 'config.yaml': `server: {mapAccounts: ["${account}"]}` },
      },
      [{ account }],
    ],
    ['one with keys in another case', { SERVER: {}, server: { MAPACCOUNTS: [account] } }, [{ account }]],
    [
      'one with a session, which its server takes for the role',
      serverConfig({ mapRoles: [{ ...admin, rolearn: session('al').arn }] }),
      [adminRule],
    ],
    [
      'an identity mapping of a role',
      mapping(roleArn('Admin')),
      [{ role: roleArn('Admin'), username: 'u', groups: ['g'] }],
    ],
    ['one of a user', mapping(bob), [{ user: bob, username: 'u', groups: ['g'] }]],
    [
      'one of a session',
      mapping(session('al').arn),
      [{ role: roleArn('Admin'), username: 'u', groups: ['g'] }],
    ],
    [
      'a list of them, as kubectl prints it',
      { apiVersion: 'v1', kind: 'List', items: [mapping(bob), mapping(roleArn('Admin'))] },
      [
        { user: bob, username: 'u', groups: ['g'] },
        { role: roleArn('Admin'), username: 'u', groups: ['g'] },
      ],
    ],
    [
      'the access entry of the AWS documentation',
      JSON.parse(accessEntryText),
      [
        {
          role: `arn:aws:iam::${account}:role/team/dev/Deployer`,
          username: `arn:aws:sts::${account}:assumed-role/Deployer/{{SessionName}}`,
          groups: ['deployers'],
        },
      ],
    ],
    [
      'one without a username',
      described({}),
      [
        {
          role: roleArn('Admin'),
          username: `arn:aws:sts::${account}:assumed-role/Admin/{{SessionName}}`,
          groups: [],
        },
      ],
    ],
    ['one of a user', described({ principalArn: bob }), [{ user: bob, username: bob, groups: [] }]],
    [
      'a Linux node',
      described({ type: 'EC2_LINUX', ...node }),
      [{ role: roleArn('Admin'), username: node.username, groups: ['system:nodes'], reserved: 'node' }],
    ],
    [
      'a Windows node that shows nothing',
      described({ type: 'EC2_WINDOWS', kubernetesGroups: [] }),
      [
        {
          role: roleArn('Admin'),
          username: node.username,
          groups: ['system:nodes', 'eks:kube-proxy-windows'],
          reserved: 'node',
        },
      ],
    ],
    [
      'a list of access entries, and their ARNs',
      [{ accessEntries: [roleArn('Admin')] }, [described({ username: 'admin', kubernetesGroups: ['a'] })]],
      [adminRule],
    ],
    [
      'a dynamic file',
      { LastUpdatedDateTime: '1', Version: '1', mapRoles: [{ ...admin, userid: 'AROAEXAMPLEEXAMPLE' }] },
      [{ ...adminRule, principalId: 'AROAEXAMPLEEXAMPLE' }],
    ],
  ])('%s', (_, document, rules) => {
    expect(importing(document).policy.rules).toEqual(rules);
  });

  test.each(['FARGATE_LINUX', 'HYBRID_LINUX'])('%s, whose nodes are named by session', (type) => {
    const document = described({ type, kubernetesGroups: ['system:nodes'] });
    expect(issuesOf(document)).toEqual([
      expect.stringMatching(/^accessEntry\.username: .*--acknowledge-session-node/),
    ]);
    expect(acknowledged(document).policy.rules).toEqual([
      {
        role: roleArn('Admin'),
        username: 'system:node:{{SessionName}}',
        groups: ['system:nodes'],
        reserved: 'node',
        acknowledgeSessionNode: true,
      },
    ]);
  });
});

describe('is refused', () => {
  test.each<[string, readonly unknown[], string | RegExp]>([
    [
      'nothing',
      [{}],
      /^: is nothing that callerid reads, which is: a policy \(rules\), an aws-auth ConfigMap .*accessEntry\)$/,
    ],
    ['no document', [], /^: is nothing that callerid reads/],
    ['an empty list', [[]], /^: is nothing that callerid reads/],
    ['a text', ['mapRoles: []'], /^: is nothing that callerid reads/],
    [
      'a policy by __proto__',
      [JSON.parse('{"__proto__":{"mapRoles":""}}')],
      /^: is nothing that callerid reads/,
    ],
    ['inherited sections', [Object.create({ mapRoles: '' })], /^: is nothing that callerid reads/],
    ['a typo', [{ mapRole: [] }], /; mapRole is unknown, did you mean mapRoles$/],
    ['another object', [mapping(bob), { kind: 'Pod', metadata: {} }], /^documents\[1\]: is nothing/],
    [
      'another ConfigMap',
      [{ kind: 'ConfigMap', data: { a: 'b' } }],
      ': is a ConfigMap without mapRoles, mapUsers or mapAccounts',
    ],
    [
      'a ConfigMap with a typo',
      [{ kind: 'ConfigMap', data: { mapuser: '' } }],
      /mapuser is unknown, did you mean mapUsers$/,
    ],
    ['a ConfigMap without data', [{ kind: 'ConfigMap' }], /^: is a ConfigMap without/],
    ['lists in lists', [[[[[mapping(bob)]]]]], '[0][0][0]: is a list in lists'],
    ['a kind that cannot be written as text', [{ kind: noText, items: [] }], /^: is nothing that/],
    ['a kind that is a list', [{ kind: ['List'], items: [mapping(bob)] }], /^: is nothing that/],
    [
      'a type that cannot be written as text',
      [described({ type: noText })],
      'accessEntry.type: must be text',
    ],
    [
      'a principal that cannot be written as text',
      [described({ principalArn: noText })],
      /^accessEntry\.principalArn: must be the ARN/,
    ],
    [
      'two of aws-auth, maybe of two clusters',
      [{ mapRoles: [] }, { mapUsers: [] }],
      /^documents\[1\]: is a second one of its kind/,
    ],
    [
      'a typo in a server config',
      [serverConfig({ mapUser: [] })],
      'server: unknown field mapuser, did you mean mapUsers',
    ],
    ['sections beside the server', [serverConfig({}, { mapRoles: [] })], /^: has mapRoles beside server/],
    [
      'a server config with an account that is a number',
      [serverConfig({ mapAccounts: [111122223333] })],
      'server.mapAccounts[0]: account must be a quoted string of 12 digits',
    ],
    [
      'a backend that is none',
      [serverConfig({ backendMode: ['Files'] })],
      /^server\.backendMode: must be among MountedFile/,
    ],
    [
      'an identity mapping without a name',
      [mapping(bob, { username: undefined })],
      /^spec\.username: is missing/,
    ],
    ['one with a typo', [mapping(bob, { group: [] })], 'spec: unknown field group, did you mean groups'],
    ['one of no ARN', [mapping('x')], /^spec\.arn: must be the ARN of an IAM role/],
    ['one without a spec', [{ ...mapping(bob), spec: undefined }], 'spec: must be an object'],
    [
      'one that gives a reserved group',
      [mapping(bob, { groups: ['eks:x'] })],
      /^spec\.groups\[0\]: "eks:x" begins/,
    ],
    [
      'a list of ARNs alone',
      [{ accessEntries: [bob, roleArn('x/Admin')] }],
      /^accessEntries\[0\]: list-access-entries gives ARNs only, and .*Bob and 1 others is not described: .*describe-access-entry/,
    ],
    [
      'one that is not described',
      [{ accessEntries: [bob] }, described({})],
      /^documents\[0\]\.accessEntries\[0\]: .*Bob is not described/,
    ],
    [
      'two clusters',
      [described({}), described({ clusterName: 'd', principalArn: bob })],
      ': has access entries of several clusters: c, d',
    ],
    [
      'a node that is master',
      [described({ type: 'EC2_LINUX', ...node, kubernetesGroups: ['system:masters'] })],
      /^accessEntry\.username: .*reserved/,
    ],
    [
      'an access entry of no principal',
      [described({ principalArn: undefined })],
      /^accessEntry\.principalArn: must be the ARN/,
    ],
    [
      'groups that are none',
      [described({ kubernetesGroups: [1] })],
      'accessEntry.kubernetesGroups[0]: must be text',
    ],
  ])('%s', (_, documents, issue) => {
    const issues = issuesOf(...documents);
    expect(issues).toContainEqual(typeof issue === 'string' ? issue : expect.stringMatching(issue));
  });
});

describe('nobody gains a right without a note', () => {
  const masters = { username: 'admin', groups: ['system:masters'] };

  test.each<[string, readonly unknown[], string, RegExp]>([
    [
      'the earlier backend decided',
      [
        serverConfig({ backendMode: ['EKSConfigMap', 'MountedFile'], mapRoles: [{ ...admin, ...masters }] }),
        { mapRoles: [admin] },
      ],
      'admin [a]',
      /^documents\[0\]\.server\.mapRoles\[0\]: documents\[1\]\.mapRoles\[0\], of a backend that is asked earlier \(EKSConfigMap\)/,
    ],
    [
      'an account of the earlier backend decided',
      [
        serverConfig({ backendMode: 'MountedFile,CRD', mapAccounts: [account] }),
        mapping(roleArn('Admin'), masters),
      ],
      roleArn('Admin'),
      /^documents\[1\]\.spec: documents\[0\]\.server\.mapAccounts\[0\], of a backend that is asked earlier/,
    ],
    [
      'a backend that is not asked',
      [
        serverConfig({ backendMode: ['CRD'], mapRoles: [{ ...admin, ...masters }] }),
        mapping(roleArn('Admin')),
      ],
      'u [g]',
      /^: backendMode does not name MountedFile/,
    ],
    [
      'an access entry decides before aws-auth',
      [{ mapRoles: [{ ...admin, ...masters }] }, described({ username: 'u', kubernetesGroups: ['g'] })],
      'u [g]',
      /^documents\[0\]\.mapRoles\[0\]: documents\[1\]\.accessEntry, of a backend that is asked earlier \(access entries\)/,
    ],
    [
      'an access entry that cannot be said decides before aws-auth too',
      [{ mapRoles: [{ ...admin, ...masters }] }, described({ type: 'NEW' })],
      'not_mapped',
      /^documents\[1\]\.accessEntry: is of the type NEW, which callerid does not know: left out/,
    ],
    [
      'a username that the server refuses is refused, and does not leave it to the account',
      [
        serverConfig({
          mapRoles: [{ ...admin, username: 'corp:{{SessionName}}' }],
          mapAccounts: [account],
          reservedPrefixConfig: [{ backendMode: 'MountedFile', usernamePrefixReserveList: ['corp:'] }],
        }),
      ],
      'denied_by_rule',
      /^server\.mapRoles\[0\]: gives a username that begins with corp:, .*deny rule/,
    ],
    [
      'a username that the server might refuse',
      [
        serverConfig({
          mapRoles: [{ ...admin, username: '{{SessionName}}:x' }],
          reservedPrefixConfig: [{ backendMode: 'MountedFile', usernamePrefixReserveList: ['corp'] }],
        }),
      ],
      'al:x [a]',
      /^server\.mapRoles\[0\]: may give a username that begins with corp/,
    ],
    [
      'a role with its path, in a server config',
      [serverConfig({ mapRoles: [admin, { ...admin, rolearn: roleArn('x/Admin'), ...masters }] })],
      'admin [a]',
      /^server\.mapRoles\[1\]: names the role with its path: .*left out$/,
    ],
    [
      'a role with its path, among identity mappings',
      [mapping(roleArn('x/Admin'), masters), mapping(roleArn('Admin'))],
      'u [g]',
      /^documents\[0\]\.spec: names the role with its path: .*left out$/,
    ],
    [
      'two identity mappings of one role, of which chance took one',
      [mapping(roleArn('Admin')), mapping(roleArn('ADMIN'), { username: 'v' })],
      'v [g]',
      /^documents\[0\]\.spec: documents\[1\]\.spec names the same principal/,
    ],
    [
      'a permission set in a dynamic file, which does not know it',
      [{ Version: '1', mapRoles: [{ sso: { permissionSetName: 'A', accountID: account }, username: 'u' }] }],
      'not_mapped',
      /^mapRoles\[0\]: is of sso, which this backend does not know: .*callerid does$/,
    ],
    [
      'policies of EKS',
      [described({})],
      expect.anything() as never,
      /^: access policies of EKS .* do not carry over/,
    ],
    ['recreated principals', [described({})], expect.anything() as never, /^: EKS pins each access entry/],
    [
      'fields that are new',
      [described({ scope: 'x' })],
      expect.anything() as never,
      /^accessEntry: has scope, which/,
    ],
    [
      'scrubbed accounts',
      [serverConfig({ mapRoles: [admin], scrubbedAccounts: [account] })],
      'admin [a]',
      /^server\.scrubbedAccounts: /,
    ],
    [
      'backends in no known order',
      [{ mapRoles: [admin] }, mapping(bob)],
      'admin [a]',
      /^: backends are taken in this order: EKSConfigMap, CRD; /,
    ],
    [
      'groups of nodes',
      [described({ type: 'EC2_LINUX' })],
      'template_unavailable',
      /^accessEntry: shows no groups: /,
    ],
  ])('%s', (_, documents, expected, note) => {
    const imported = importing(...documents);
    expect(notesOf(imported)).toContainEqual(expect.stringMatching(note));
    expect(outcome(session('al'), ...imported.policy.rules)).toEqual(expected);
  });

  test('an access entry of the default username gives a name that nobody takes for a reserved one', () => {
    const { policy } = importing(described({}));
    expect(outcome(session('al@b'), ...policy.rules)).toBe(`arn:aws:sts::${account}:assumed-role/Admin/al-b`);
  });
});

test.each(['AWSReservedSSO_Dev_0123456789abcdef', 'awsreservedsso_dev_0123456789abcdef'])(
  'a later backend overturns no permission set of an earlier one, however the role is written: %s',
  (name) => {
    const sso = { permissionSetName: 'Dev', accountID: account };
    const server = {
      server: {
        backendMode: ['MountedFile', 'EKSConfigMap'],
        mapRoles: [{ sso, username: 'dev', groups: ['viewers'] }],
      },
    };
    const auth = { mapRoles: [{ rolearn: roleArn(name), username: 'x', groups: ['system:masters'] }] };
    const { policy } = importDocuments([server, auth], { parseYaml: JSON.parse });
    const who = session('alice', 'AWSReservedSSO_Dev_0123456789abcdef');
    expect(outcome(who, ...policy.rules)).toBe('dev [viewers]');
  },
);

test('the group of administrators is remarked on', () => {
  const entry = { rolearn: roleArn('X'), username: 'x', groups: ['callerid:admins'] };
  const { notes } = importDocuments([{ mapRoles: [entry] }], { parseYaml: JSON.parse });
  expect(notes.map(({ message }) => message)).toContainEqual(
    expect.stringContaining('may administrate callerid'),
  );
});
