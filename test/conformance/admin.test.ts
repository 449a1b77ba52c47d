/**
 * The admin API: who may use it, and what each operation does.
 */
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { hashOf } from '../../src/policy/part.ts';
import { planPolicy } from '../../src/policy/plan.ts';
import { encodeContent } from '../../src/policy/pointer.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { AdminDeployment, type Asked, adminAudience, adminGroup, adminSecret } from '../support/admin.ts';
import { account, bare, decisionIdPattern, people, prod, rules, staging } from '../support/deployment.ts';
import { session } from '../support/identities.ts';
import { now } from '../support/token-builder.ts';

const bob = {
  user: `arn:aws:iam::${account}:user/people/bob`,
  username: 'bob',
  groups: ['developers', adminGroup],
};
const withAdmin = [...rules.filter(({ username }) => username !== 'bob'), bob];

async function start(policyRules: readonly object[] = withAdmin): Promise<AdminDeployment> {
  const admin = await AdminDeployment.start();
  await admin.deployment.write({ rules: policyRules });
  return admin;
}

describe('who may administrate', () => {
  test.each<[name: string, asked: Asked, author: string]>([
    ['the holder of the secret', {}, 'static secret'],
    [
      'a member of the group, by a token for the admin audience',
      { as: people.bob },
      `arn:aws:iam::${account}:user/people/bob`,
    ],
  ])('%s', async (_, asked, author) => {
    const admin = await start();
    expect((await admin.call('getPolicy', asked)).status).toBe(200);
    expect(admin.log).toMatchObject([
      { event: 'admin', operation: 'getPolicy', cluster: prod, author, status: 200 },
    ]);
  });

  test.each<
    [attack: string, asked: (admin: AdminDeployment) => Promise<Asked> | Asked, status: number, code: string]
  >([
    ['nobody', () => ({ authorization: '' }), 401, 'unauthorized'],
    ['a wrong secret', () => ({ authorization: `Bearer ${adminSecret}x` }), 401, 'unauthorized'],
    [
      'the beginning of the secret',
      () => ({ authorization: `Bearer ${adminSecret.slice(0, -1)}` }),
      401,
      'unauthorized',
    ],
    [
      'the secret as a password',
      () => ({ authorization: `Basic ${btoa(`admin:${adminSecret}`)}` }),
      401,
      'unauthorized',
    ],
    ['an empty secret', () => ({ authorization: 'Bearer ' }), 401, 'unauthorized'],
    [
      "a member's token for the cluster, which its API server has seen",
      async (admin) => ({ authorization: `Bearer ${await admin.sign(people.bob, prod)}` }),
      401,
      'unauthorized',
    ],
    [
      'a token for another deployment',
      async (admin) => ({ authorization: `Bearer ${await admin.sign(people.bob, `${adminAudience}2`)}` }),
      401,
      'unauthorized',
    ],
    ['a token that STS does not know', () => ({ as: people.unknownToSts }), 401, 'unauthorized'],
    ['somebody who is mapped, and no member', () => ({ as: people.admin }), 403, 'forbidden'],
    ['somebody who is not mapped', () => ({ as: people.stranger }), 403, 'forbidden'],
    ['a member, in another cluster', () => ({ as: people.bob, cluster: staging }), 403, 'forbidden'],
    ['a member, in a cluster without a policy', () => ({ as: people.bob, cluster: bare }), 403, 'forbidden'],
    [
      'a member, in a cluster that there is not',
      () => ({ as: people.bob, cluster: 'other' }),
      403,
      'forbidden',
    ],
    ['the secret, in a cluster that there is not', () => ({ cluster: 'other' }), 404, 'not_found'],
  ])('not %s', async (_, asked, status, code) => {
    const admin = await start();
    const before = await admin.deployment.values.get(`policy/${prod}`);
    for (const id of ['getPolicy', 'applyPolicy', 'explain'] as const) {
      const answer = await admin.call(id, {
        ...(id === 'getPolicy' ? {} : { body: {} }),
        ...(await asked(admin)),
      });
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      expect(answer.text).not.toMatch(/k8s-aws-v1|X-Amz|static-admin/);
    }
    expect(await admin.deployment.values.get(`policy/${prod}`)).toBe(before);
  });

  const sneak = { role: `arn:aws:iam::${account}:role/Suffixed`, username: 'x' };
  test.each<[attack: string, policyRules: readonly object[]]>([
    ['a group that a session name completes', [{ ...sneak, groups: ['callerid:{{SessionName}}'] }]],
    ['a group in another case', [{ ...sneak, groups: ['Callerid:admins'] }]],
    [
      'a member who is denied',
      [
        { ...sneak, groups: [adminGroup] },
        { role: sneak.role, deny: true },
      ],
    ],
    [
      'a member whose name does not render',
      [{ ...sneak, username: '{{EC2PrivateDNSName}}', groups: [adminGroup] }],
    ],
  ])('not by %s', async (_, policyRules) => {
    const admin = await start(policyRules);
    const { sneak: who } = people;
    expect(
      (await admin.call('getPolicy', { as: { ...who, sessionName: 'admins' } as typeof who })).status,
    ).not.toBe(200);
    expect((await admin.call('getPolicy', { as: who })).status).toBe(403);
  });

  test("a cluster that there is not answers as one that is somebody else's", async () => {
    const admin = await start();
    for (const asked of [
      { as: people.stranger },
      { authorization: 'Bearer k8s-aws-v1.!' },
      { authorization: 'Bearer x' },
    ] satisfies Asked[]) {
      const [here, nowhere] = [
        await admin.call('getPolicy', asked),
        await admin.call('getPolicy', { ...asked, cluster: 'other' }),
      ];
      expect([nowhere.status, nowhere.text]).toEqual([here.status, here.text]);
    }
  });

  test('by an identity that STS vouches for anew where the policy asks for it', async () => {
    const admin = await start();
    expect((await admin.call('getPolicy', { as: people.bob })).status).toBe(200);
    admin.deployment.time += 5000;
    await admin.deployment.write({ rules: withAdmin, notBefore: new Date(now + 1000).toISOString() });
    expect((await admin.call('getPolicy', { as: people.bob })).status).toBe(200);
    await admin.deployment.write({ rules: withAdmin, notBefore: new Date(now + 60_000).toISOString() });
    expect((await admin.call('getPolicy', { as: people.bob })).status).toBe(401);
  });

  test('nobody by an older version, where a part of the newest one is lost', async () => {
    const admin = await start();
    const { values } = admin.deployment;
    const filler = Array.from({ length: 1200 }, (_, i) => ({
      role: `arn:aws:iam::${account}:role/r${i}`,
      username: `u${i}`,
    }));
    await admin.deployment.write({ rules: [...withAdmin, ...filler] });
    expect((await admin.call('getPolicy', { as: people.bob })).status).toBe(200);
    await admin.deployment.write({ rules: [...rules, ...filler] });
    const [newest] = JSON.parse((await values.get(`policy/${prod}`)) ?? '').content.exact[0].slice(1);
    await values.delete(`policy/${prod}/parts/${newest}`);
    expect((await admin.call('getPolicy', { as: people.bob })).status).not.toBe(200);
  });

  test('nobody by a policy that gives the group no more: nothing is held', async () => {
    const admin = await start();
    expect((await admin.call('getPolicy', { as: people.bob })).status).toBe(200);
    await admin.deployment.write({ rules });
    expect((await admin.call('getPolicy', { as: people.bob })).status).toBe(403);
  });

  test('the break-glass principal, whatever the policy is', async () => {
    const rule = { user: bob.user, username: 'x', groups: [] };
    const admin = await AdminDeployment.start({ breakGlass: { rule, expiresAt: now + 1000 } });
    await admin.deployment.corrupt('{');
    const body = { policy: { rules }, replaceUnreadable: true };
    expect((await admin.call('applyPolicy', { as: people.bob, body })).status).toBe(200);
    expect(admin.log.map(({ breakGlass }) => breakGlass)).toEqual([true]);
    admin.deployment.time += 1000;
    expect((await admin.call('getPolicy', { as: people.bob })).status).toBe(403);
    expect(admin.log.at(-1)?.breakGlass).toBeUndefined();
  });

  test.each([
    ['throttles', 400, { Error: { Code: 'Throttling' } }, 429, 'sts_throttled'],
    ['fails', 500, {}, 503, 'sts_failing'],
  ])('nobody while STS %s, and that is no refusal', async (_, stsStatus, body, status, code) => {
    const answer = () => Response.json(body, { status: stsStatus });
    const admin = await AdminDeployment.start({ fetch: (async () => answer()) as typeof fetch });
    const { status: got, body: said, headers } = await admin.call('getPolicy', { as: people.bob });
    expect([got, said.code]).toEqual([status, code]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
    expect((await admin.call('getPolicy')).status).toBe(200);
  });
});

describe('a policy', () => {
  test('is given with its version', async () => {
    const admin = await start();
    const { body } = await admin.call('getPolicy');
    expect(body).toMatchObject({
      version: 2,
      author: expect.any(String),
      policy: parsePolicy({ rules: withAdmin }),
    });
    expect((await admin.call('getPolicy', { query: '?version=1' })).body.policy).toEqual(
      parsePolicy({ rules }),
    );
    expect((await admin.call('getPolicy', { query: '?version=7' })).body.code).toBe('policy_version_unknown');
    expect((await admin.call('getPolicy', { cluster: bare })).status).toBe(404);
  });

  test('is written as the next version, and decides', async () => {
    const admin = await start();
    const policy = {
      rules: [...withAdmin, { role: `arn:aws:iam::${account}:role/Stranger`, username: 'new' }],
    };
    const { body } = await admin.call('applyPolicy', {
      as: people.bob,
      body: { policy, message: 'let Stranger in' },
    });
    expect(body).toMatchObject({
      applied: true,
      version: 3,
      changes: [{ kind: 'gains', who: `role arn:aws:iam::${account}:role/Stranger`, after: 'new' }],
      changeCount: 1,
    });
    const { versions } = (await admin.call('history')).body;
    expect(versions[0]).toMatchObject({ version: 3, message: 'let Stranger in', author: bob.user });
    expect(versions).toHaveLength(3);
    expect(admin.log.at(-2)).toMatchObject({ operation: 'applyPolicy', policyVersion: 3, author: bob.user });
    admin.deployment.time += 60_000;
    const review = await admin.deployment.ask(await admin.deployment.sign(people.stranger));
    expect(review.body.status.user.username).toBe('new');
  });

  test('is the first of a cluster', async () => {
    const admin = await start();
    expect(
      (await admin.call('applyPolicy', { cluster: bare, body: { policy: { rules } } })).body,
    ).toMatchObject({
      applied: true,
      version: 1,
      tried: 0,
    });
  });

  test.each<[name: string, body: object, status: number, expected: object]>([
    [
      'a rule that does not validate',
      { policy: { rules: [{ role: 'x', usernmae: 'y' }] } },
      422,
      {
        code: 'policy_invalid',
        issues: expect.arrayContaining([
          { path: 'rules[0].usernmae', message: 'unknown field usernmae, did you mean username' },
        ]),
      },
    ],
    [
      'an error that lint finds',
      { policy: { rules, notBefore: '2099-01-01T00:00:00Z' } },
      422,
      {
        code: 'policy_invalid',
        issues: [expect.objectContaining({ path: 'notBefore' })],
      },
    ],
    [
      'another version than was looked at',
      { policy: { rules }, expectedVersion: 1 },
      409,
      { code: 'policy_conflict', version: 2 },
    ],
    ['no policy', {}, 400, { code: 'request_invalid' }],
    ['a policy that is a text', { policy: 'rules: []' }, 400, { code: 'request_invalid' }],
    ['an unknown field', { policy: { rules }, force: true }, 400, { code: 'request_invalid' }],
    ['a message of two lines', { policy: { rules }, message: 'a\nb' }, 400, { code: 'request_invalid' }],
  ])('is not written: %s', async (_, body, status, expected) => {
    const admin = await start();
    const answer = await admin.call('applyPolicy', { body });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject(expected);
    expect((await admin.call('getPolicy')).body.version).toBe(2);
  });

  test('is not written by a dry run, which tells the same', async () => {
    const admin = await start();
    const { body } = await admin.call('applyPolicy', { body: { policy: { rules }, dryRun: true } });
    expect(body).toMatchObject({
      applied: false,
      version: 2,
      changeCount: 1,
      changes: [{ kind: 'changes' }],
    });
    expect((await admin.call('getPolicy')).body.version).toBe(2);
  });

  test('of two writers at a time one is told that it lost', async () => {
    const admin = await start();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        admin.call('applyPolicy', {
          body: { policy: { rules: [...withAdmin, { account: `${444455556660 + i}` }] }, expectedVersion: 2 },
        }),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const { status, body } of answers)
      if (status !== 200) expect([status, body.code]).toEqual([409, 'policy_conflict']);
    expect((await admin.call('getPolicy')).body.version).toBe(3);
  });

  test('goes back to an older version as a new one', async () => {
    const admin = await start();
    const { body } = await admin.call('rollback', { body: { version: 1 } });
    expect(body).toMatchObject({ applied: true, version: 3 });
    expect((await admin.call('getPolicy')).body).toMatchObject({
      version: 3,
      message: 'rollback to version 1',
      policy: parsePolicy({ rules }),
    });
    expect((await admin.call('rollback', { body: { version: 9 } })).body.code).toBe('policy_version_unknown');
  });

  test('that is stored and broken is written over where somebody says so', async () => {
    const admin = await start();
    await admin.deployment.corrupt('{');
    const without = await admin.call('applyPolicy', { body: { policy: { rules } } });
    expect([without.status, without.body.issues]).toEqual([
      422,
      [{ path: '', message: 'the stored policy is not JSON' }],
    ]);
    const asked = { policy: { rules }, replaceUnreadable: true };
    const { status, body } = await admin.call('applyPolicy', { body: asked });
    expect([status, body.applied, body.tried]).toEqual([200, true, 0]);
    admin.deployment.time += 150_000;
    expect(
      (await admin.deployment.ask(await admin.deployment.sign(people.admin))).body.status.authenticated,
    ).toBe(true);
  });

  test('is checked without being written', async () => {
    const admin = await start();
    const { body } = await admin.call('lintPolicy', {
      body: { policy: { rules: [{ account }, { account }, { account: 1 }] } },
    });
    expect(body.findings).toEqual([
      { severity: 'error', path: 'rules[2].account', message: expect.stringContaining('12 digits') },
    ]);
    const second = await admin.call('lintPolicy', {
      body: { policy: { rules: [{ account }, { account }] } },
    });
    expect(second.body.findings).toEqual([
      { severity: 'warning', path: 'rules[0]', message: 'never decides: the later wins, rules[1]' },
    ]);
  });
});

describe('people who came lately', () => {
  const locked = rules.filter(({ role }) => !role?.endsWith('/Admin'));

  async function visited(): Promise<AdminDeployment> {
    const admin = await start();
    for (const who of [people.admin, people.bob, people.stranger]) {
      await admin.deployment.ask(await admin.deployment.sign(who));
    }
    return admin;
  }

  test('are not locked out by mistake', async () => {
    const admin = await visited();
    const { status, body } = await admin.call('applyPolicy', { body: { policy: { rules: locked } } });
    expect([status, body.code]).toEqual([409, 'would_lock_out']);
    expect(body.effects).toEqual([
      {
        arn: `arn:aws:sts::${account}:assumed-role/Admin/alice@example.com`,
        lastSeen: new Date(now).toISOString(),
        before: 'admin:alice-example.com [system:masters, role:Admin]',
        after: 'not_mapped',
        lockedOut: true,
      },
    ]);
    expect((await admin.call('getPolicy')).body.version).toBe(2);
  });

  test('are locked out where somebody says so', async () => {
    const admin = await visited();
    const { body } = await admin.call('applyPolicy', {
      body: { policy: { rules: locked }, yesLockOut: true },
    });
    expect(body).toMatchObject({ applied: true, version: 3, tried: 2 });
    expect(body.effects).toContainEqual(expect.objectContaining({ lockedOut: true }));
  });

  test('are told in a dry run', async () => {
    const admin = await visited();
    const { body } = await admin.call('applyPolicy', { body: { policy: { rules: locked }, dryRun: true } });
    expect(body.effects.filter(({ lockedOut }: { lockedOut: boolean }) => lockedOut)).toHaveLength(1);
  });

  test('whose rights change are told, and need no word', async () => {
    const admin = await visited();
    const changed = withAdmin.map((rule) =>
      'user' in rule && rule.username === 'bob' ? { ...rule, username: 'rob' } : rule,
    );
    const { body } = await admin.call('applyPolicy', { body: { policy: { rules: changed } } });
    expect(body).toMatchObject({
      applied: true,
      effects: [
        {
          arn: bob.user,
          lockedOut: false,
          before: expect.stringContaining('bob'),
          after: expect.stringContaining('rob'),
        },
      ],
    });
  });

  test('an administrator does not lock themselves out by mistake', async () => {
    const admin = await start();
    const { status, body } = await admin.call('applyPolicy', { as: people.bob, body: { policy: { rules } } });
    expect([status, body.code]).toEqual([409, 'would_lock_out']);
    expect(body.effects).toEqual([
      { arn: bob.user, before: adminGroup, after: `not in ${adminGroup}`, lockedOut: true },
    ]);
    const yes = { policy: { rules }, yesLockOut: true };
    expect((await admin.call('applyPolicy', { as: people.bob, body: yes })).status).toBe(200);
  });

  test('are not pushed out by strangers, however many', async () => {
    const admin = await visited();
    const cluster = admin.deployment.clusters.get(prod);
    for (let i = 0; i < 500; i++) {
      cluster?.recent?.note(session(`stranger-${i}`, `Role${i}`), false);
      cluster?.recent?.note(session(`session-${i}`, 'Anything'), true);
    }
    const { body } = await admin.call('applyPolicy', { body: { policy: { rules: locked } } });
    expect(body.code).toBe('would_lock_out');
  });

  test('of an API server whose audiences would not be served are locked out, and that needs a word', async () => {
    const admin = await start();
    const policy = { rules: withAdmin, apiAudiences: ['typo'] };
    const { status, body } = await admin.call('applyPolicy', { body: { policy } });
    expect([status, body.effects]).toEqual([
      409,
      [{ arn: 'apiAudiences', before: 'any', after: 'typo', lockedOut: true }],
    ]);
    expect((await admin.call('applyPolicy', { body: { policy, yesLockOut: true } })).status).toBe(200);
    const wider = { ...policy, apiAudiences: ['typo', 'other'] };
    expect((await admin.call('applyPolicy', { body: { policy: wider } })).status).toBe(200);
    const narrower = { ...policy, apiAudiences: ['other'] };
    expect((await admin.call('applyPolicy', { body: { policy: narrower } })).status).toBe(409);
  });

  test('of an API server are not locked out by a first policy, before which nobody came in', async () => {
    const admin = await AdminDeployment.start();
    await admin.deployment.remove();
    const policy = { rules: withAdmin, apiAudiences: ['prod'] };
    expect((await admin.call('applyPolicy', { body: { policy } })).body).toMatchObject({ applied: true });
  });

  test('going back locks nobody out by mistake either', async () => {
    const admin = await start(locked);
    await admin.deployment.write({ rules });
    await admin.deployment.ask(await admin.deployment.sign(people.admin));
    admin.deployment.time += 60_000;
    await admin.deployment.ask(await admin.deployment.sign(people.admin));
    expect((await admin.call('rollback', { body: { version: 2 } })).body.code).toBe('would_lock_out');
  });

  test('are known after a minute to an instance that did not see them', async () => {
    const admin = await visited();
    expect(await admin.deployment.values.get(`policy/${prod}/_recent`)).toBeUndefined();
    admin.deployment.time += 61_000;
    await admin.deployment.ask(await admin.deployment.sign(people.bob));
    const stored = (await admin.deployment.values.get(`policy/${prod}/_recent`)) ?? '';
    expect(JSON.parse(stored)).toHaveLength(3);
    expect(stored).not.toMatch(/k8s-aws-v1|X-Amz|Signature|sessionToken/);
  });
});

describe('a large policy', () => {
  const large = parsePolicy({
    rules: [
      ...withAdmin,
      ...Array.from({ length: 1200 }, (_, i) => ({
        role: `arn:aws:iam::${account}:role/r${i}`,
        username: `u${i}`,
      })),
    ],
  });

  test('goes in parts that nothing decides by until the manifest comes', async () => {
    const admin = await start();
    const { parts, content } = await planPolicy(large);
    expect(content.kind).toBe('manifest');
    const hashes = [...parts.keys()];
    const body = { content: JSON.parse(JSON.stringify(encodeContent(content))), message: 'large' };
    const early = await admin.call('applyManifest', { body });
    expect([early.status, early.body.code]).toEqual([422, 'policy_incomplete']);
    expect((await admin.call('missingParts', { body: { hashes } })).body.missing).toHaveLength(hashes.length);
    for (const [hash, text] of [...parts].slice(1)) {
      expect((await admin.call('putPart', { hash, text })).status).toBe(200);
    }
    expect((await admin.call('missingParts', { body: { hashes } })).body.missing).toEqual([hashes[0]]);
    expect((await admin.call('getPolicy')).body.version).toBe(2);
    const [[hash, text] = ['', '']] = [...parts];
    await admin.call('putPart', { hash, text });
    expect((await admin.call('applyManifest', { body })).body).toMatchObject({
      applied: true,
      version: 3,
      changeCount: 1200,
    });
    expect((await admin.call('getPolicy')).body.policy.rules).toHaveLength(large.rules.length);
  });

  test('tells of parts in another order, and of a rule in a part that stays', async () => {
    const admin = await start();
    const { values } = admin.deployment;
    const pattern = (glob: string, username: string) => ({
      pattern: `arn:aws:iam::${account}:role/${glob}`,
      username,
      groups: [],
    });
    const many = (from: number) =>
      Array.from({ length: 400 }, (_, i) => pattern(`p${from + i}-${'x'.repeat(60)}-*`, `u${from + i}`));
    const [view, boss] = [pattern('Team-*', 'view'), pattern('*-Deployer', 'boss')];
    const exact = { role: `arn:aws:iam::${account}:role/Team-Lead-Deployer`, username: 'lead', groups: [] };
    const publish = (list: readonly object[]) =>
      publishPolicy(values, prod, parsePolicy({ rules: list }), { author: 'test', clock: () => now });
    const dryRun = async (list: readonly object[]) => {
      const { parts, content } = await planPolicy(parsePolicy({ rules: list }));
      for (const [hash, text] of parts) await admin.call('putPart', { hash, text });
      const body = { content: JSON.parse(JSON.stringify(encodeContent(content))), dryRun: true };
      return (await admin.call('applyManifest', { body })).body.changes;
    };
    await publish([...many(0), view, ...many(1000), boss, exact]);
    expect(await dryRun([...many(1000), boss, ...many(0), view, exact])).not.toEqual([]);
    expect(await dryRun([...many(0), view, ...many(1000), boss])).toEqual([
      {
        kind: 'changes',
        who: `role ${exact.role}`,
        before: 'lead',
        after: `may get boss of pattern ${boss.pattern}; view of pattern ${view.pattern}`,
      },
    ]);
  });

  test('of which a part was lost is written over', async () => {
    const admin = await start();
    await admin.deployment.ask(await admin.deployment.sign(people.admin));
    const store = admin.deployment.values;
    await publishPolicy(store, prod, large, { author: 'test', clock: () => now });
    for (const key of (await store.list(`policy/${prod}/parts/`)).keys) await store.delete(key);
    const { status, body } = await admin.call('applyPolicy', { body: { policy: { rules } } });
    expect([status, body.applied, body.version]).toEqual([200, true, 4]);
    expect(body.changes).toBeUndefined();
  });

  test('that differs in one rule tells that one', async () => {
    const admin = await start();
    const { values } = admin.deployment;
    await publishPolicy(values, prod, large, { author: 'test', clock: () => now });
    const changed = {
      ...large,
      rules: large.rules.with(-1, {
        role: `arn:aws:iam::${account}:role/r1199`,
        username: 'new',
        groups: [],
      }),
    };
    const { parts, content } = await planPolicy(changed);
    for (const [hash, text] of parts) await admin.call('putPart', { hash, text });
    const body = { content: JSON.parse(JSON.stringify(encodeContent(content))), dryRun: true };
    const answer = await admin.call('applyManifest', { body });
    expect(answer.body.changes).toEqual([
      { kind: 'changes', who: `role arn:aws:iam::${account}:role/r1199`, before: 'u1199', after: 'new' },
    ]);
  });

  test.each<[attack: string, change: (text: string) => string]>([
    ['another content', (text) => text.replace('"u1"', '"admin"')],
    ['nothing', () => ''],
    ['more than a part', (text) => text + ' '.repeat(60_000)],
  ])('takes no part with %s under its hash', async (_, change) => {
    const admin = await start();
    const { parts } = await planPolicy(large);
    const [hash, text] = [...parts].find(([, one]) => one.includes('"u1"')) as [string, string];
    const answer = await admin.call('putPart', { hash, text: change(text) });
    expect([answer.status, answer.body.code]).toEqual([422, 'policy_invalid']);
    expect((await admin.call('missingParts', { body: { hashes: [hash] } })).body.missing).toEqual([hash]);
  });

  test('takes no part with a rule that does not work, whatever its hash', async () => {
    const admin = await start();
    const text = '{"bucket":"exact:","rules":[{"role":"*","username":"x"}]}';
    const answer = await admin.call('putPart', { hash: await hashOf(text), text });
    expect([answer.status, answer.body.code]).toEqual([422, 'policy_invalid']);
  });
});

describe('an explanation', () => {
  const arn = `arn:aws:sts::${account}:assumed-role/Admin/alice`;

  test('of an identity that is described', async () => {
    const admin = await start();
    const { body } = await admin.call('explain', { body: { arn } });
    expect(body).toMatchObject({
      steps: [
        { step: 'policy', outcome: 'passed', detail: 'version 2' },
        { step: 'mapping', outcome: 'passed', detail: `role arn:aws:iam::${account}:role/Admin` },
      ],
      user: { username: 'admin:alice', groups: ['system:masters', 'role:Admin'] },
      considered: [{ standing: 'applies' }],
      policyVersion: 2,
    });
  });

  test('of a token, from the signer to the name', async () => {
    const admin = await start();
    const token = await admin.deployment.sign(people.admin);
    const { body, text } = await admin.call('explain', { body: { token } });
    expect(
      body.steps.map(({ step, outcome }: { step: string; outcome: string }) => `${step} ${outcome}`),
    ).toEqual(['token passed', 'sts passed', 'policy passed', 'mapping passed']);
    expect(text).not.toContain(token);
    expect(admin.log.at(-1)).toMatchObject({ operation: 'explain', author: 'static secret' });
    expect(JSON.stringify(admin.log)).not.toContain('k8s-aws-v1');
  });

  test.each<[name: string, token: (admin: AdminDeployment) => Promise<string> | string, last: object]>([
    ["somebody else's", () => 'eyJhbGciOi', { step: 'token', outcome: 'refused', code: 'token_foreign' }],
    ['no URL', () => 'k8s-aws-v1.xxxx', { step: 'token', outcome: 'refused' }],
    [
      'for another audience',
      (admin) => admin.sign(people.admin),
      { step: 'sts', outcome: 'refused', code: 'sts_signature_mismatch' },
    ],
    [
      'of a stranger',
      (admin) => admin.deployment.sign(people.stranger),
      { step: 'mapping', outcome: 'refused', code: 'not_mapped' },
    ],
  ])('of a token: %s', async (_, token, last) => {
    const admin = await start();
    const { body } = await admin.call('explain', { body: { token: await token(admin) } });
    expect(body.steps.at(-1)).toMatchObject(last);
    expect(body.user).toBeUndefined();
  });

  test('of a near miss', async () => {
    const admin = await start();
    const { body } = await admin.call('explain', { body: { arn: arn.replace('Admin', 'Admni') } });
    expect(body.nearest).toEqual({
      rule: `role arn:aws:iam::${account}:role/Admin`,
      differs: 'name is Admni, the rule says Admin',
    });
  });

  test.each<[name: string, body: object]>([
    ['an ARN that is none', { arn: 'Admin' }],
    ['nothing', {}],
    ['both', { arn, token: 'x' }],
    ['a session name that is none', { arn, sessionName: 'a b' }],
  ])('not of %s', async (_, body) => {
    const admin = await start();
    expect((await admin.call('explain', { body })).body.code).toBe('request_invalid');
  });
});

describe('requests', () => {
  test.each<[name: string, asked: Asked, status: number, code: string]>([
    [
      'another content type',
      { text: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    ['no JSON', { text: '{' }, 400, 'not_json'],
    ['no body', { text: '' }, 400, 'not_json'],
    ['a list', { text: '[]' }, 400, 'request_invalid'],
    ['null', { text: 'null' }, 400, 'request_invalid'],
    ['more than a mebibyte', { text: `"${'x'.repeat(1 << 20)}"` }, 413, 'body_too_large'],
    ['the policy by __proto__', { text: `{"__proto__":{"policy":{"rules":[]}}}` }, 400, 'request_invalid'],
  ])('are refused: %s', async (_, asked, status, code) => {
    const admin = await start();
    const answer = await admin.call('applyPolicy', asked);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.decisionId).toMatch(decisionIdPattern);
  });

  test('with a token in the wrong place are refused without it', async () => {
    const admin = await start();
    const token = await admin.sign();
    const answers = [
      await admin.call('explain', { body: { arn: token, accessKeyId: token } }),
      await admin.call('applyPolicy', {
        body: { policy: { rules }, message: `\n${token}`, expectedVersion: token },
      }),
      await admin.call('getPolicy', { query: `?version=${token}` }),
    ];
    for (const { status, text } of answers) {
      expect(status).toBe(400);
      expect(text).not.toContain('k8s-aws-v1');
    }
    expect(JSON.stringify(admin.log)).not.toContain('k8s-aws-v1');
  });

  test('while the store fails are no refusals', async () => {
    const admin = await start();
    const { values } = admin.deployment;
    values.get = async () => {
      throw new Error('secret detail');
    };
    const answer = await admin.call('getPolicy');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('secret detail');
  });
});
