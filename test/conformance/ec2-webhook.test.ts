/**
 * Nodes from the API server's question to its answer: STS says who signed, EC2 how the node is called.
 */
import { describe, expect, test } from 'vitest';
import { createPrivateDnsNames } from '../../src/ec2/private-dns-names.ts';
import { account, Deployment, people } from '../support/deployment.ts';
import {
  Ec2Fake,
  ec2Error,
  type FakeInstance,
  lookupKey,
  nameOf,
  otherAccount,
  region,
} from '../support/ec2-fake.ts';

const id = 'i-0123456789abcdef0'; // the session name of `people.node`

async function begin(...instances: FakeInstance[]) {
  const ec2 = new Ec2Fake(instances);
  const privateDnsNames = createPrivateDnsNames({
    region,
    credentials: lookupKey,
    fetch: ec2.fetch,
    clock: () => ec2.now,
  });
  return { ec2, deployment: await Deployment.start({ privateDnsNames }) };
}

test('a node is called by its private DNS name', async () => {
  const { deployment } = await begin({ id });
  const { status, body } = await deployment.ask(await deployment.sign(people.node));
  expect(status).toBe(200);
  expect(body.status).toMatchObject({
    authenticated: true,
    user: { username: `system:node:${nameOf(id)}`, groups: ['system:nodes'] },
  });
  expect(deployment.log.at(-1)).toMatchObject({ verdict: 'mapped', username: `system:node:${nameOf(id)}` });
});

describe('denied', () => {
  test.each<[string, FakeInstance[], string]>([
    [
      'an instance of another account',
      [{ id, owner: otherAccount, seenBy: [account] }],
      'instance_not_found',
    ],
    ['a terminated instance', [{ id, state: 'terminated', name: '' }], 'instance_not_found'],
    ['no such instance', [], 'instance_not_found'],
    ['a name that is none', [{ id, name: 'a b' }], 'instance_name_malformed'],
  ])('%s', async (_, instances, code) => {
    const { deployment } = await begin(...instances);
    const { status, body } = await deployment.ask(await deployment.sign(people.node));
    expect([status, body.status.authenticated]).toEqual([200, false]);
    expect(body.status.error).toMatch(new RegExp(`^${code}: .*role/Node`));
    expect(deployment.log.at(-1)).toMatchObject({ verdict: 'denied', code, sessionName: id });
  });

  test.each<[string, object, string]>([
    [
      'a session name that is no instance ID',
      { role: `arn:aws:iam::${account}:role/Admin` },
      'instance_id_malformed',
    ],
    [
      'a user, who has no session name',
      { user: `arn:aws:iam::${account}:user/people/bob` },
      'template_empty',
    ],
  ])('%s, without asking', async (_, principal, code) => {
    const { ec2, deployment } = await begin({ id });
    await deployment.write({ rules: [{ ...principal, username: 'x:{{EC2PrivateDNSName}}' }] });
    const who = 'role' in principal ? people.admin : people.bob;
    const { body } = await deployment.ask(await deployment.sign(who));
    expect(body.status.error).toMatch(new RegExp(`^${code}: `));
    expect(ec2.calls).toEqual([]);
  });
});

describe('no verdict', () => {
  test.each([
    [429, 'ec2_throttled', 503, 'RequestLimitExceeded'],
    [503, 'ec2_failing', 500, 'InternalError'],
    [503, 'ec2_credentials_refused', 403, 'UnauthorizedOperation'],
    [503, 'ec2_answer_unexpected', 400, 'Novelty'],
  ])('%i %s, and the next is answered', async (expected, code, status, error) => {
    const { ec2, deployment } = await begin({ id });
    ec2.fault = () => ec2Error(status, error, 'secret words');
    const token = await deployment.sign(people.node);
    const answer = await deployment.ask(token);
    expect(answer.status).toBe(expected);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
    expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure', code: expected });
    expect(answer.body.message).toMatch(new RegExp(`^${code}: `));
    expect(deployment.log.at(-1)).toMatchObject({
      verdict: 'unavailable',
      code,
      stsHost: expect.any(String),
    });
    expect(answer.text + JSON.stringify(deployment.log)).not.toContain('secret words');
    ec2.fault = undefined;
    expect((await deployment.ask(token)).body.status.authenticated).toBe(true);
  });
});

describe('EC2 is not asked', () => {
  const node = `arn:aws:iam::${account}:role/Node`;
  const grant = { role: node, username: 'x:{{EC2PrivateDNSName}}', groups: [] };

  test.each<[string, object[], string]>([
    ['by a deny rule', [grant, { role: node, deny: true }], 'denied_by_rule'],
    [
      'by a rule for another session',
      [{ ...grant, conditions: { sessionName: ['alice'] } }],
      'condition_unmet',
    ],
    [
      'by a rule for a principal of before',
      [{ ...grant, principalId: 'AROAOTHEREXAMPLE0000' }],
      'principal_recreated',
    ],
    ['for whom nobody maps', [{ ...grant, role: `${node}s` }], 'not_mapped'],
  ])('%s', async (_, rules, code) => {
    const { ec2, deployment } = await begin({ id });
    await deployment.write({ rules });
    const { body } = await deployment.ask(await deployment.sign(people.node));
    expect(body.status.error).toMatch(new RegExp(`^${code}: `));
    expect(ec2.calls).toEqual([]);
  });

  test('for a rule that does not use the name, though EC2 is down', async () => {
    const { ec2, deployment } = await begin({ id });
    ec2.fault = () => ec2Error(500, 'InternalError');
    const { body } = await deployment.ask(await deployment.sign(people.admin));
    expect(body.status.authenticated).toBe(true);
    expect(ec2.calls).toEqual([]);
  });
});

test('a group may use the name, and it is looked up once', async () => {
  const { ec2, deployment } = await begin({ id });
  const role = `arn:aws:iam::${account}:role/Node`;
  const name = '{{EC2PrivateDNSName}}';
  await deployment.write({ rules: [{ role, username: 'n:x', groups: [`g:${name}`, `h:${name}`] }] });
  const { body } = await deployment.ask(await deployment.sign(people.node));
  expect(body.status.user.groups).toEqual([`g:${nameOf(id)}`, `h:${nameOf(id)}`]);
  expect(ec2.calls).toHaveLength(1);
});

test('what is looked up completes no reserved prefix', async () => {
  const { deployment } = await begin({ id, name: 'system' });
  const role = `arn:aws:iam::${account}:role/Node`;
  await deployment.write({ rules: [{ role, username: '{{EC2PrivateDNSName}}:masters' }] });
  const { body } = await deployment.ask(await deployment.sign(people.node));
  expect(body.status.error).toMatch(/^name_reserved: /);
});
