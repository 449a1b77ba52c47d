/**
 * Importing the aws-auth ConfigMap: what came out of the field, and that nobody gains a right by it.
 */
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { PolicyError } from '../../src/errors/classes.ts';
import type { Identity } from '../../src/identity/identity.ts';
import { importAwsAuth } from '../../src/mapping/formats/import.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import { RuleIndex } from '../../src/mapping/rule-index.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import nodeConfigMap from '../fixtures/aws-auth.yaml?raw';
import variantsText from '../fixtures/aws-auth-variants.yaml?raw';
import { account, federated, outcome, roleArn, root, session, user } from '../support/identities.ts';

const parseYaml = (text: string): unknown => parse(text, { schema: 'core' });
const importing = (document: unknown) => importAwsAuth(document, { parseYaml });
/** JSON is YAML. */
const roles = (...entries: unknown[]) => ({ mapRoles: JSON.stringify(entries) });

function issuesOf(document: unknown): string[] {
  try {
    importing(document);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return error.issues.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

interface Variant {
  readonly name: string;
  readonly data: Record<string, unknown>;
  readonly expect: { readonly rules?: number; readonly error?: string; readonly note?: string };
}

const variants = parseAllDocuments(variantsText, { schema: 'core' }).map((one): Variant => one.toJS());

describe('the fixture', () => {
  const failing = variants.filter((variant) => variant.expect.error !== undefined);
  const working = variants.filter((variant) => !failing.includes(variant));

  test('has documents of both kinds', () => {
    expect([working.length, failing.length]).toEqual([5, 2]);
  });

  test.each(working)('$name', ({ data, expect: { rules, note } }) => {
    const { policy, notes } = importing(data);
    expect(policy.rules).toHaveLength(rules as number);
    if (note !== undefined) expect(notes).not.toEqual([]);
    expect(importing({ apiVersion: 'v1', kind: 'ConfigMap', data })).toEqual(importing(data));
    expect(parsePolicy(JSON.parse(JSON.stringify(policy)))).toEqual(policy);
  });

  test.each(failing)('is refused: $name', ({ data, expect: { error } }) => {
    expect(issuesOf(data)).toContainEqual(expect.stringMatching(new RegExp(`^map\\w+\\[0\\]: ${error}`)));
  });

  const of = (name: string) => importing(variants.find((variant) => variant.name === name)?.data);

  test('maps whom it names', () => {
    const index = new RuleIndex(of('users, roles and accounts').policy.rules);
    const inOther = user('Eve', '/', '444455556666');
    const all = [
      session('a@b', 'KubernetesAdmin'),
      session('al', 'Deployer'),
      user('Alice', '/people/'),
      inOther,
    ];
    expect(all.map((identity) => mapIdentity(identity, [index]))).toMatchObject([
      { ok: true, username: 'admin:a-b', groups: ['system:masters'] },
      { ok: true, username: 'deployer', groups: ['deployers'] },
      { ok: true, username: 'alice', groups: ['developers'] },
      { ok: true, username: inOther.arn, groups: [] },
    ]);
    expect(mapIdentity(session('al', 'Other'), [index])).toMatchObject({ ok: false, code: 'not_mapped' });
  });

  test('says what was not as the source had it', () => {
    expect(of('users, roles and accounts').notes).toEqual([
      { path: 'mapRoles[0]', message: 'gives reserved names; imported with reserved: masters' },
      { path: 'mapAccounts', message: expect.stringContaining('root user') },
      { path: 'mapRoles[1]', message: expect.stringContaining('names the role with its path') },
    ]);
    expect(of("assumed-role ARN instead of the role's").notes).toEqual([
      { path: 'mapRoles[0]', message: expect.stringContaining('reserved: masters') },
      {
        path: 'mapRoles[0]',
        message: expect.stringContaining(
          `is the ARN of a session, taken as its role ${roleArn('KubernetesAdmin')}`,
        ),
      },
    ]);
    expect(of('empty strings that older tools leave behind')).toEqual({ policy: { rules: [] }, notes: [] });
  });

  test('of eksctl is a node, and says so', () => {
    expect(importing(parseYaml(nodeConfigMap))).toEqual({
      policy: {
        rules: [
          {
            role: 'arn:aws:iam::111111111111:role/eksctl-ironman-2022-nodegroup-ng1-publ-NodeInstanceRole-HN27OZ18JS6U',
            username: 'system:node:{{EC2PrivateDNSName}}',
            groups: ['system:bootstrappers', 'system:nodes'],
            reserved: 'node',
          },
        ],
      },
      notes: [
        { path: 'mapRoles[0]', message: expect.stringMatching(/^uses \{\{EC2PrivateDNSName\}\}, .*refused/) },
        { path: 'mapRoles[0]', message: 'gives reserved names; imported with reserved: node' },
      ],
    });
  });
});

describe('a document', () => {
  const empty = { policy: { rules: [] }, notes: [] };
  test.each<[string, unknown]>([
    ['sections that are null', { mapRoles: null, mapUsers: null, mapAccounts: null }],
    ['sections of white space', { mapRoles: ' \n', mapUsers: "\n''\n", mapAccounts: ' `` ' }],
    ['quotes', { mapRoles: '""', mapUsers: "''" }],
    ['empty lists', { mapRoles: '[]', mapUsers: [], mapAccounts: '[ ]\n' }],
    ['only a comment', { mapRoles: '# none yet' }],
    ['quotes and a comment', { mapRoles: '"" # none yet' }],
  ])('gives no rules: %s', (_, document) => {
    expect(importing(document)).toEqual(empty);
  });

  test.each<[string, unknown, string]>([
    [
      'sections beside a typo',
      { mapUsers: '', mapRole: '' },
      ': unknown field mapRole, did you mean mapRoles',
    ],
    [
      'sections beside another case, which nobody reads',
      { mapUsers: '', maproles: '' },
      ': unknown field maproles, did you mean mapRoles',
    ],
    ['sections beside a policy', { mapRoles: '', rules: [] }, ': unknown field rules'],
    ['__proto__', JSON.parse('{"mapRoles":"","__proto__":{}}'), ': unknown field __proto__'],
    ['a section that is an object', { mapRoles: '{}' }, 'mapRoles: must be a list'],
    ['a section that is a word', { mapRoles: 'none' }, 'mapRoles: must be a list'],
    ['a section that is a number', { mapUsers: 1 }, 'mapUsers: must be a list'],
    ['a section that is true', { mapAccounts: true }, 'mapAccounts: must be a list'],
  ])('is refused: %s', (_, document, issue) => {
    expect(issuesOf(document)).toEqual([issue]);
  });

  test.each([
    ['broken YAML', '- [', 'mapUsers: is not YAML: '],
    ['two documents', '[]\n---\n[]', 'mapUsers: is not YAML: '],
    ['a key twice', '- {userarn: a, userarn: b}', 'mapUsers: is not YAML: '],
    ['a tab for a space', '- userarn: a\n\tusername: b', 'mapUsers: is not YAML: '],
    [
      'a bomb',
      `- &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g']
        .map((name, i) => `- &${name} [${`*${'abcdef'[i]},`.repeat(9)}]`)
        .join('\n')}`,
      'mapUsers: is not YAML: ',
    ],
  ])('is refused: %s', (_, mapUsers, issue) => {
    expect(issuesOf({ mapUsers })).toEqual([expect.stringContaining(issue)]);
  });

  test('is refused: an error that is none', () => {
    const parseYaml = (): unknown => {
      throw 'no';
    };
    expect(() => importAwsAuth({ mapRoles: 'x' }, { parseYaml })).toThrow('mapRoles: is not YAML');
  });
});

describe('an entry', () => {
  const admin = { rolearn: roleArn('Admin'), username: 'admin', groups: ['a'] };
  const bob = { userarn: user('Bob').arn, username: 'bob', groups: ['b'] };

  test.each<[string, Record<string, unknown>, object]>([
    ['a role', roles(admin), { role: admin.rolearn, username: 'admin', groups: ['a'] }],
    ['a user', { mapUsers: JSON.stringify([bob]) }, { user: bob.userarn, username: 'bob', groups: ['b'] }],
    ['a list that is no text', { mapUsers: [bob] }, { user: bob.userarn, username: 'bob', groups: ['b'] }],
    [
      'root',
      { mapUsers: [{ ...bob, userarn: root.arn }] },
      { user: root.arn, username: 'bob', groups: ['b'] },
    ],
    [
      'no groups',
      roles({ ...admin, groups: undefined }),
      { role: admin.rolearn, username: 'admin', groups: [] },
    ],
    [
      'groups that are null',
      roles({ ...admin, groups: null }),
      { role: admin.rolearn, username: 'admin', groups: [] },
    ],
  ])('comes out: %s', (_, document, rule) => {
    expect(importing(document)).toEqual({ policy: { rules: [rule] }, notes: [] });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['null', roles(admin, null), 'mapRoles[1]: must be an object'],
    ['a text', roles(admin, roleArn('X')), 'mapRoles[1]: must be an object'],
    ['a list', roles([admin]), 'mapRoles[0]: must be an object'],
    ['no username', roles({ rolearn: roleArn('X') }), 'mapRoles[0].username: is missing'],
    ['an empty username', roles({ ...admin, username: '' }), 'mapRoles[0].username: is missing'],
    [
      'a template without quotes, which is a map',
      { mapRoles: `- {rolearn: ${roleArn('X')}, username: {{SessionName}}}` },
      'mapRoles[0].username: must be text; one that begins with {{ needs quotes',
    ],
    [
      'a group without quotes',
      { mapRoles: `- {rolearn: ${roleArn('X')}, username: a, groups: [{{SessionName}}]}` },
      'mapRoles[0].groups[0]: must be text; one that begins with {{ needs quotes',
    ],
    [
      'SSO with a field in two cases, of which a reader sees one',
      roles({
        sso: { permissionSetName: 'A', accountID: account, accountId: '444455556666' },
        username: 'u',
      }),
      'mapRoles[0].sso: has accountID twice',
    ],
    ['SSO that is a text', roles({ sso: 'Admin', username: 'u' }), 'mapRoles[0].sso: must be an object'],
    ['a username that is a number', roles({ ...admin, username: 7 }), 'mapRoles[0].username: must be text'],
    [
      'groups that are a text',
      roles({ ...admin, groups: 'a' }),
      'mapRoles[0].groups: must be a list of texts',
    ],
    [
      'a group that is a number',
      roles(admin, { ...admin, groups: ['a', 1] }),
      'mapRoles[1].groups[1]: must be text',
    ],
    [
      'a template of nobody',
      roles({ ...admin, username: '{{X}}' }),
      'mapRoles[0].username: has an unknown variable',
    ],
    ['no ARN', roles({ username: 'u' }), 'mapRoles[0].rolearn: must be the ARN of an IAM role'],
    ['an ARN that is null', roles({ ...admin, rolearn: null }), 'mapRoles[0].rolearn: must be the ARN'],
    ['any role', roles({ ...admin, rolearn: roleArn('*') }), 'mapRoles[0].rolearn: must be the ARN'],
    [
      'a role with any path',
      roles({ ...admin, rolearn: roleArn('*/Admin') }),
      'mapRoles[0].rolearn: must be',
    ],
    ['a user as a role', roles({ ...admin, rolearn: bob.userarn }), 'mapRoles[0].rolearn: must be the ARN'],
    [
      'a role as a user',
      { mapUsers: [{ ...bob, userarn: roleArn('X') }] },
      'mapUsers[0].userarn: must be the ARN',
    ],
    [
      'a session as a user',
      { mapUsers: [{ ...bob, userarn: session('alice').arn }] },
      'mapUsers[0].userarn: must be the ARN',
    ],
    ['a user among roles', roles(bob), 'mapRoles[0]: unknown field userarn'],
    ['a role among users', { mapUsers: [admin] }, 'mapUsers[0]: unknown field rolearn'],
    ['a typo', roles({ ...admin, gruops: [] }), 'mapRoles[0]: unknown field gruops, did you mean groups'],
    [
      'reserved, which only a policy has',
      roles({ ...admin, reserved: 'custom' }),
      'mapRoles[0]: unknown field reserved',
    ],
    ['__proto__', { mapRoles: '[{"__proto__": {"username": "x"}}]' }, 'mapRoles[0]: unknown field __proto__'],
    ['__proto__ in YAML', { mapRoles: '- __proto__: {username: x}' }, 'mapRoles[0]: unknown field __proto__'],
    [
      'SSO without a permission set',
      roles({ SSO: {}, username: 'u' }),
      'mapRoles[0].sso.permissionSetName: ',
    ],
    [
      'SSO with an account that is a number',
      roles({ sso: { permissionSetName: 'Admin', accountID: 111122223333 }, username: 'u' }),
      'mapRoles[0].sso.accountID: account must be a quoted string of 12 digits',
    ],
    [
      'SSO with a typo',
      roles({ sso: { permissionSetNam: 'Admin' }, username: 'u' }),
      'mapRoles[0].sso: unknown field permissionSetNam, did you mean permissionSetName',
    ],
    [
      'SSO beside a role',
      roles({ ...admin, sso: { permissionSetName: 'Admin', accountID: account } }),
      'mapRoles[0]: must have either rolearn or sso',
    ],
    [
      'a field in two cases, of which a reader sees one',
      roles({ ...admin, roleARN: roleArn('Viewer') }),
      'mapRoles[0]: has rolearn twice',
    ],
    ['groups in two cases', roles({ ...admin, GROUPS: ['system:masters'] }), 'mapRoles[0]: has groups twice'],
    ['null in two cases', roles({ ...admin, groups: null, GROUPS: ['x'] }), 'mapRoles[0]: has groups twice'],
    ['a reserved name', roles({ ...admin, groups: ['eks:x'] }), 'mapRoles[0].groups[0]: "eks:x" begins with'],
    [
      'a reserved name of a user',
      { mapUsers: [{ ...bob, username: 'aws:x' }] },
      'mapUsers[0].username: "aws:x" begins',
    ],
    [
      'a node that is master',
      roles({ ...admin, username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:masters'] }),
      'mapRoles[0].username: "system:node:{{EC2PrivateDNSName}}" begins',
    ],
    [
      'a node by session, as Fargate has: whoever may assume the role chooses it',
      roles({ ...admin, username: 'system:node:{{SessionName}}', groups: ['system:nodes'] }),
      'mapRoles[0].username: is system:node:{{SessionName}}, as Fargate and hybrid nodes have it, so whoever',
    ],
    [
      'an account that is a number',
      { mapAccounts: '- 111122223333' },
      'mapAccounts[0]: account must be a quoted',
    ],
    [
      'an account of 11 digits',
      { mapAccounts: '- "1"' },
      'mapAccounts[0]: account must be a quoted string of 12',
    ],
    ['any account', { mapAccounts: '- "*"' }, 'mapAccounts[0]: account must be a quoted string of 12 digits'],
    [
      'an account that is an object',
      { mapAccounts: '- account: "1"' },
      'mapAccounts[0]: account must be a quoted',
    ],
  ])('is refused: %s', (_, document, issue) => {
    expect(issuesOf(document)).toContainEqual(expect.stringContaining(issue));
  });

  test('issues of all sections come together, each with its place', () => {
    const document = {
      mapRoles: [{ ...admin, rolearn: roleArn('a/Admin') }, admin, { ...admin, username: '' }],
      mapUsers: [bob, { ...bob, groups: [''] }],
      mapAccounts: [account, 1, '2'],
    };
    expect(issuesOf(document)).toEqual([
      'mapRoles[2].username: is missing, and aws-iam-authenticator would give an empty name: write one, such as "admin:{{SessionName}}"',
      'mapAccounts[1]: account must be a quoted string of 12 digits',
      'mapAccounts[2]: account must be a quoted string of 12 digits',
      'mapUsers[1].groups[0]: must not be empty',
    ]);
  });

  test('notes have the place in the source', () => {
    const { notes } = importing({
      mapRoles: [admin, { ...admin, rolearn: session('alice').arn }],
      mapUsers: [bob, { ...bob, groups: ['system:masters'] }],
    });
    expect(notes.map(({ path }) => path)).toEqual(['mapUsers[1]', 'mapRoles[1]']);
  });
});

describe('nobody gains a right', () => {
  interface Source {
    readonly mapRoles?: readonly { rolearn: string; username: string; groups?: readonly string[] }[];
    readonly mapUsers?: readonly { userarn: string; username: string; groups?: readonly string[] }[];
    readonly mapAccounts?: readonly string[];
  }

  /** aws-iam-authenticator on the ConfigMap: ARNs compared as written but for case, the last wins, then accounts. */
  function inSource(source: Source, identity: Identity): string | undefined {
    const arn = identity.canonicalArn.toLowerCase();
    const found =
      source.mapRoles?.findLast(({ rolearn }) => rolearn.toLowerCase() === arn) ??
      source.mapUsers?.findLast(({ userarn }) => userarn.toLowerCase() === arn);
    if (found === undefined)
      return source.mapAccounts?.includes(identity.account) ? identity.canonicalArn : undefined;
    const render = (text: string): string =>
      text.replaceAll('{{SessionName}}', (identity.sessionName ?? '').replaceAll('@', '-'));
    const groups = (found.groups ?? []).map(render);
    return [render(found.username), ...(groups.length > 0 ? [`[${groups.join(', ')}]`] : [])].join(' ');
  }

  const identities: readonly Identity[] = [
    session('alice'),
    session('a@b'),
    session('alice', 'ADMIN'),
    session('alice', 'Viewer'),
    session('system', 'Viewer'),
    session('alice', 'Admin', 'aws-cn'),
    user('Admin'),
    user('Bob'),
    user('bob'),
    user('Bob', '/a/'),
    user('Bob', '/', '444455556666'),
    root,
    federated('Bob'),
  ];
  const role = (name: string, username: string, ...groups: string[]) => ({
    rolearn: roleArn(name),
    username,
    groups,
  });
  const userOf = (userarn: string, username: string, ...groups: string[]) => ({ userarn, username, groups });

  test.each<[string, Source]>([
    ['nothing', { mapRoles: [] }],
    ['roles', { mapRoles: [role('Admin', 'admin:{{SessionName}}', 'system:masters'), role('Viewer', 'v')] }],
    [
      'two equal roles',
      { mapRoles: [role('Admin', 'admin', 'system:masters'), role('ADMIN', 'viewer', 'v')] },
    ],
    [
      'a prefix by session',
      { mapRoles: [role('Viewer', '{{SessionName}}:masters', '{{SessionName}}:masters')] },
    ],
    ['a user', { mapUsers: [userOf(user('Bob').arn, 'bob', 'b'), userOf(user('Bob', '/a/').arn, 'other')] }],
    ['a session name for a user, who has none', { mapUsers: [userOf(user('Bob').arn, 'x{{SessionName}}')] }],
    ['root', { mapUsers: [userOf(root.arn, 'boss')] }],
    ['a federated user', { mapUsers: [userOf(federated('BOB').arn, 'fed')] }],
    ['an account', { mapAccounts: [account] }],
    [
      'all',
      { mapRoles: [role('Admin', 'a')], mapUsers: [userOf(user('Bob').arn, 'b')], mapAccounts: [account] },
    ],
  ])('%s', (_, source) => {
    const index = new RuleIndex(importing(source).policy.rules);
    for (const identity of identities) {
      const mapping = mapIdentity(identity, [index]);
      if (!mapping.ok) continue;
      const groups = mapping.groups.length > 0 ? ` [${mapping.groups.join(', ')}]` : '';
      expect(mapping.username + groups).toBe(inSource(source, identity));
    }
  });

  const viewer = role('Admin', 'viewer', 'viewers');
  const masters = ['admin', 'system:masters'] as const;
  const bySession = { rolearn: session('alice').arn, username: 'admin', groups: ['system:masters'] };
  const ssoRole = 'AWSReservedSSO_Admin_0123456789abcdef';
  const sso = {
    sso: { permissionSetName: 'admin', accountID: account },
    username: 'viewer',
    groups: ['viewers'],
  };
  const seen = 'viewer [viewers]';
  const alice = session('alice');
  const ofSet = session('alice', ssoRole);

  test.each<[string, Record<string, unknown>, Identity, string, string]>([
    ['with a path, later', { mapRoles: [viewer, role('team/Admin', ...masters)] }, alice, seen, '[1]'],
    ['with a path, earlier', { mapRoles: [role('team/Admin', ...masters), viewer] }, alice, seen, '[0]'],
    ['with a path, in capitals', { mapRoles: [viewer, role('TEAM/ADMIN', ...masters)] }, alice, seen, '[1]'],
    ['a session, later', { mapRoles: [viewer, bySession] }, alice, seen, '[1]'],
    ['a session, earlier', { mapRoles: [bySession, viewer] }, alice, seen, '[0]'],
    ['both', { mapRoles: [bySession, viewer, role('x/Admin', ...masters)] }, alice, seen, '[0]'],
    [
      'whose kind beats a permission set',
      { mapRoles: [role(`aws-reserved/sso.amazonaws.com/${ssoRole}`, ...masters), sso] },
      ofSet,
      seen,
      '[0]',
    ],
    [
      'whose kind beats an account',
      { mapRoles: [role('team/Admin', ...masters)], mapAccounts: [account] },
      alice,
      alice.canonicalArn,
      '[0]',
    ],
    [
      'a permission set of a partition, where an account decided',
      { mapRoles: [{ ...sso, sso: { ...sso.sso, partition: 'aws' } }], mapAccounts: [account] },
      ofSet,
      ofSet.canonicalArn,
      '[0]',
    ],
    [
      'a permission set of a partition, beside one without',
      { mapRoles: [sso, { ...sso, sso: { ...sso.sso, partition: 'aws' }, groups: ['system:masters'] }] },
      ofSet,
      seen,
      '[1]',
    ],
  ])('a rule that never matched does not beat the one that did: %s', (_, source, who, expected, place) => {
    const { policy, notes } = importing(source);
    expect(outcome(who, ...policy.rules)).toBe(expected);
    expect(notes).toContainEqual({
      path: `mapRoles${place}`,
      message: expect.stringMatching(/never matched it so, and map\w+\[\d\] decided instead: left out$/),
    });
  });

  test.each<[string, Record<string, unknown>, string, string]>([
    [
      'a permission set, which is off by default there',
      { mapRoles: [sso] },
      'mapRoles[0]',
      'only with the feature gate SSORoleMatch',
    ],
    [
      'a permission set of a partition, which never matched there',
      { mapRoles: [{ ...sso, sso: { ...sso.sso, partition: 'aws-cn' } }] },
      'mapRoles[0]',
      'has a partition beside sso: aws-iam-authenticator never matched it so, and callerid does',
    ],
    [
      'a role and its permission set, of which chance took one',
      { mapRoles: [sso, role(ssoRole, 'admin')] },
      'mapRoles[1]',
      'mapRoles[0] (sso) names this role too',
    ],
    [
      'users that differ by case, of which chance took one',
      { mapUsers: [userOf(user('Bob').arn, 'a'), userOf(user('BOB').arn, 'b')] },
      'mapUsers[0]',
      'mapUsers[1] names the same principal',
    ],
    ['the root user of an account', { mapAccounts: [account] }, 'mapAccounts', 'root user too'],
    [
      'a unique ID',
      { mapRoles: [{ ...viewer, userid: 'AROAEXAMPLEEXAMPLE' }] },
      'mapRoles[0]',
      'has a userid',
    ],
    [
      'a field in another case',
      { mapRoles: [{ roleARN: roleArn('Admin'), USERNAME: 'admin' }] },
      'mapRoles[0]',
      'has roleARN, USERNAME, read without regard to case',
    ],
  ])('what differs is noted: %s', (_, source, path, message) => {
    expect(importing(source).notes).toContainEqual({ path, message: expect.stringContaining(message) });
  });

  test('two equal roles are no news: the later counts in both', () => {
    const source = { mapRoles: [role('Admin', 'admin', 'a'), role('ADMIN', 'viewer', 'v')] };
    expect(importing(source).notes).toEqual([]);
  });

  test('nodes by session come in where that is acknowledged, as nodes and no more', () => {
    const fargate = role('Pods', 'system:node:{{SessionName}}', 'system:nodes', 'system:node-proxier');
    const acknowledged = { parseYaml, acknowledgeSessionNode: true };
    const { policy } = importAwsAuth({ mapRoles: [fargate, viewer] }, acknowledged);
    expect(policy.rules).toMatchObject([{ reserved: 'node', acknowledgeSessionNode: true }, viewerRule]);
    const greedy = { mapRoles: [{ ...fargate, groups: ['system:masters'] }] };
    expect(() => importAwsAuth(greedy, acknowledged)).toThrow(PolicyError);
  });
  const viewerRule = { role: roleArn('Admin'), username: 'viewer', groups: ['viewers'] };

  test('as many entries as somebody writes', () => {
    const mapRoles = Array.from({ length: 200_000 }, () => 1);
    expect(issuesOf({ mapRoles })).toHaveLength(200_000);
    const equal = Array.from({ length: 20_000 }, () => viewer);
    expect(importing({ mapRoles: equal, mapAccounts: [account] }).policy.rules).toHaveLength(20_001);
  });

  test.each<[string, string]>([
    ['a path', roleArn('team/Admin')],
    ['a session', session('alice').arn],
  ])('a rule that never matched and now does is noted: %s', (_, rolearn) => {
    const source = { mapRoles: [role('Viewer', 'v'), { rolearn, username: 'admin' }] };
    const { policy, notes } = importing(source);
    expect(inSource(source, session('alice'))).toBeUndefined();
    expect(outcome(session('alice'), ...policy.rules)).toBe('admin');
    expect(notes).toEqual([
      { path: 'mapRoles[1]', message: expect.stringMatching(/never matched it so, and callerid does$/) },
    ]);
  });
});
