/**
 * Reserved names: who may give one, and that nobody can choose a session name that turns into one.
 */
import { describe, expect, test } from 'vitest';
import type { Identity } from '../../src/identity/identity.ts';
import { reservedUseOf } from '../../src/mapping/reserved.ts';
import type { ReservedUse } from '../../src/mapping/rule.ts';
import { account, map, outcome, roleArn, session } from '../support/identities.ts';

const prefixes = ['system:', 'eks:', 'aws:', 'amazon:', 'iam:'];
const alice = session('alice');

interface Names {
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly reserved?: ReservedUse;
  readonly acknowledgeSessionNode?: boolean;
}
const rule = (names: Names) => ({ role: roleArn('Admin'), username: 'u', ...names });
const written = (names: Names): unknown => map(alice, rule(names));

describe('when written', () => {
  const spellings = prefixes.flatMap((prefix) => [
    prefix,
    `${prefix}x`,
    `${prefix.toUpperCase()}x`,
    `${prefix[0]?.toUpperCase()}${prefix.slice(1)}x`,
    `${prefix}{{SessionName}}`,
  ]);

  test.each(spellings)('%s needs a word', (name) => {
    expect(() => written({ username: name })).toThrow('rules[0].username: ');
    expect(() => written({ groups: ['a', name] })).toThrow('rules[0].groups[1]: ');
    for (const reserved of ['node', 'masters'] as const) {
      expect(() => written({ username: name, reserved })).toThrow('rules[0].username: ');
      expect(() => written({ groups: [name], reserved })).toThrow('rules[0].');
    }
    expect(written({ username: name, groups: [name], reserved: 'custom' })).toMatchObject({ ok: true });
  });

  test.each([
    ['a prefix without its colon', 'system'],
    ['another word', 'systems:masters'],
    ['a prefix inside', 'x-system:masters'],
    ['a space before it, which Kubernetes does not strip', ' system:masters'],
    ['another separator', 'system.masters'],
  ])('free is %s', (_, name) => {
    expect(written({ username: name, groups: [name] })).toEqual({
      ok: true,
      username: name,
      groups: [name],
      literalGroups: [name],
      rule: `role ${roleArn('Admin')}`,
    });
  });

  test.each<[string, Names, string]>([
    ['masters', { groups: ['system:masters'] }, 'say reserved: masters'],
    ['masters in capitals', { groups: ['System:Masters'] }, 'say reserved: custom'],
    ['a group of Kubernetes', { groups: ['system:authenticated'] }, 'say reserved: custom'],
    ['a node', { username: 'system:node:{{EC2PrivateDNSName}}' }, 'say reserved: node'],
    ['a node by session', { username: 'system:node:{{SessionName}}' }, 'say reserved: node'],
    ['a node by name', { username: 'system:node:ip-10-0-0-1' }, 'say reserved: custom'],
  ])('the message names the least that would do: %s', (_, names, message) => {
    expect(() => written(names)).toThrow(message);
  });
});

describe('when rendered', () => {
  /** What a caller chose, in which template. */
  type Row = readonly [name: string, session: string, template: string];

  const completed: readonly Row[] = [
    ...prefixes.flatMap((prefix): Row[] => {
      const word = prefix.slice(0, -1);
      return [
        [`all of ${prefix} but its colon`, word, '{{SessionName}}:masters'],
        [`${prefix} in capitals`, word.toUpperCase(), '{{SessionName}}:masters'],
        [`the end of ${prefix}`, word.slice(1), `${word[0]}{{SessionName}}:masters`],
      ];
    }),
    ['the start of system', 'sy', '{{SessionName}}stem:masters'],
    ['the middle of system', 'yste', 's{{SessionName}}m:masters'],
    ['two values', 'sys', '{{SessionName}}tem:{{SessionName}}'],
    ['a raw name', 'system', '{{SessionNameRaw}}:masters'],
    ['nothing but the colon', 'eks', '{{SessionNameRaw}}:'],
  ];

  test.each(completed)('a session name completes no prefix: %s', (_, name, template) => {
    expect(outcome(session(name), rule({ username: template }))).toBe('name_reserved');
    expect(outcome(session(name), rule({ groups: ['g', template] }))).toBe('name_reserved');
    expect(outcome(session(name), rule({ username: template, reserved: 'custom' }))).toBe('name_reserved');
    expect(outcome(session(name), rule({ groups: [template], reserved: 'masters' }))).toBe('name_reserved');
  });

  test('nor does a role name', () => {
    const role = { role: roleArn('system'), username: '{{RoleName}}:masters' };
    expect(outcome(session('alice', 'system'), role)).toBe('name_reserved');
    expect(outcome(session('alice', 'SYSTEM'), role)).toBe('name_reserved');
  });

  test('nor the partition', () => {
    expect(outcome(alice, rule({ username: '{{Partition}}:{{AccountID}}' }))).toBe('name_reserved');
  });

  // STS gives no session name with a colon, and readIdentity takes none: this is the second fence.
  test.each(prefixes)('nor a session name with a colon: %s', (prefix) => {
    const forged: Identity = { ...alice, sessionName: `${prefix}masters` };
    expect(outcome(forged, rule({ username: '{{SessionName}}' }))).toBe('name_reserved');
    expect(outcome(forged, rule({ groups: ['{{SessionNameRaw}}'] }))).toBe('name_reserved');
  });

  test.each([
    ['the same rule for another session', 'alice', '{{SessionName}}:masters', 'alice:masters'],
    ['a literal before it', 'system', 'x-{{SessionName}}:masters', 'x-system:masters'],
    ['a reserved head that the rule allows', 'masters', 'eks:{{SessionName}}', 'eks:masters'],
  ])('is given: %s', (_, name, template, expected) => {
    const names = {
      username: template,
      ...(template.startsWith('eks:') ? { reserved: 'custom' as const } : {}),
    };
    expect(outcome(session(name), rule(names))).toBe(expected);
  });

  test('nor does a session name complete system:masters, whatever the rule allows', () => {
    const names: Names = { groups: ['system:{{SessionName}}'], reserved: 'custom' };
    expect(outcome(session('masters'), rule(names))).toBe('name_reserved');
    expect(outcome(session('viewers'), rule(names))).toBe('u [system:viewers]');
    const split = { ...names, groups: ['system:maste{{SessionName}}'] };
    expect(outcome(session('rs'), rule(split))).toBe('name_reserved');
  });

  test('an account rule gives an ARN, which is none', () => {
    expect(outcome(session('masters', 'system'), { account })).toBe(roleArn('system'));
  });
});

describe('reserved: masters', () => {
  test('allows exactly that group, beside others', () => {
    const names: Names = { groups: ['a', 'system:masters'], reserved: 'masters' };
    expect(outcome(alice, rule(names))).toBe('u [a, system:masters]');
  });

  test.each<[string, Names]>([
    ['as a username', { username: 'system:masters' }],
    ['in capitals', { groups: ['SYSTEM:MASTERS'] }],
    ['with more', { groups: ['system:masters2'] }],
    ['another group beside it', { groups: ['system:masters', 'system:nodes'] }],
    ['by a variable', { groups: ['system:{{SessionName}}'] }],
    ['a node', { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] }],
  ])('nothing else: %s', (_, names) => {
    expect(() => written({ ...names, reserved: 'masters' })).toThrow('begins with a reserved prefix');
  });
});

describe('reserved: node', () => {
  const username = 'system:node:{{EC2PrivateDNSName}}';
  const bySession = 'system:node:{{SessionName}}';
  const nodeGroups = [
    'system:bootstrappers',
    'system:nodes',
    'system:node-proxier',
    'eks:kube-proxy-windows',
  ];

  test.each<[string, Names, string]>([
    ['by EC2, which cannot be asked yet', { username, groups: nodeGroups }, 'template_unavailable'],
    [
      'by session, acknowledged',
      { username: bySession, groups: nodeGroups, acknowledgeSessionNode: true },
      `system:node:alice [${nodeGroups.join(', ')}]`,
    ],
  ])('allows the node: %s', (_, names, expected) => {
    expect(outcome(alice, rule({ ...names, reserved: 'node' }))).toBe(expected);
  });

  test.each<[string, Names, string]>([
    ['by session without a word', { username: bySession }, 'username: whoever may assume the role'],
    [
      'by session with a no',
      { username: bySession, acknowledgeSessionNode: false },
      'username: whoever may assume the role',
    ],
    ['by the raw session', { username: 'system:node:{{SessionNameRaw}}' }, 'username: with reserved: node'],
    [
      'by the raw session, acknowledged',
      { username: 'system:node:{{SessionNameRaw}}', acknowledgeSessionNode: true },
      'username: with reserved: node',
    ],
    ['by role', { username: 'system:node:{{RoleName}}' }, 'username: with reserved: node'],
    ['a name with more', { username: `${username}x` }, 'username: with reserved: node'],
    ['a name in capitals', { username: username.replace('node', 'Node') }, 'username: with reserved: node'],
    ['a fixed name', { username: 'system:node:ip-10-0-0-1' }, 'username: with reserved: node'],
    ['a free name', { username: 'u' }, 'username: with reserved: node'],
    ['masters', { username, groups: ['system:masters'] }, 'groups[0]: with reserved: node'],
    [
      'nodes and masters',
      { username, groups: ['system:nodes', 'system:masters'] },
      'groups[1]: with reserved',
    ],
    ['a free group', { username, groups: ['developers'] }, 'groups[0]: with reserved: node'],
    ['a group by session', { username, groups: ['{{SessionName}}'] }, 'groups[0]: with reserved: node'],
    ['nodes in capitals', { username, groups: ['System:Nodes'] }, 'groups[0]: with reserved: node'],
  ])('refuses: %s', (_, names, message) => {
    expect(() => written({ ...names, reserved: 'node' })).toThrow(`rules[0].${message}`);
  });

  test('a session name is all that a node can choose', () => {
    const names: Names = { username: bySession, reserved: 'node', acknowledgeSessionNode: true };
    expect(outcome(session('master@x'), rule(names))).toBe('system:node:master-x');
  });

  test('the acknowledgement alone opens nothing', () => {
    expect(() => written({ username: bySession, acknowledgeSessionNode: true })).toThrow('reserved: node');
  });
});

describe('what an import says on its own', () => {
  const node = 'system:node:{{EC2PrivateDNSName}}';
  test.each<[string, string, readonly string[], ReturnType<typeof reservedUseOf>]>([
    ['free names', 'u', ['g'], undefined],
    ['a node', node, ['system:bootstrappers', 'system:nodes'], 'node'],
    ['a node without groups', node, [], 'node'],
    ['masters', 'u', ['g', 'system:masters'], 'masters'],
    ['a node that is master', node, ['system:masters'], undefined],
    ['a node by session', 'system:node:{{SessionName}}', ['system:nodes'], undefined],
    ['nodes without the name', 'u', ['system:nodes'], undefined],
    ['masters and more', 'u', ['system:masters', 'eks:x'], undefined],
  ])('%s', (_, username, groups, expected) => {
    expect(reservedUseOf({ username, groups })).toBe(expected);
  });
});
