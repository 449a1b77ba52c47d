/**
 * Who is let in, and as whom: every client at every API server.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { callerIdentityOf } from '../../../src/emulator/principals.ts';
import type { Check } from '../suite.ts';
import { kubectl, makeKubeconfig, sign, signers, signingEnvironment } from './clients.ts';
import { callerid } from './deployment.ts';
import { developers, type People, type Place, refusalWith, whoIs } from './place.ts';
import { type Person, region } from './world.ts';

const run = promisify(execFile);

export async function signInChecks(check: Check, place: Place, { admin, developer }: People): Promise<void> {
  const { name, clients, server, cluster, world } = place;
  await check(`${name}: callerid doctor finds nothing wrong, up to a signed token`, async () => {
    const signing = ['--sign', '--audience', cluster, '--region', region];
    const env = signingEnvironment(clients, developer.principal);
    const told = await callerid(['doctor', '--webhook', place.webhook, ...signing], env);
    assert.match(told, /^0 failed, 0 to look at/m);
  });
  const bob = await userInfo(developer, 'bob', [developers]);
  for (const signer of signers) {
    const kubeconfig = await makeKubeconfig(place, signer);
    await check(
      `${name}: kubectl with ${signer} is who the policy says, with all that is known`,
      async () => {
        const { stdout, stderr } = await kubectl(clients, kubeconfig, developer.principal, [
          ...['auth', 'whoami', '--output', 'json'],
        ]);
        assert.ok(stdout, stderr);
        assert.deepEqual(JSON.parse(stdout).status.userInfo, bob);
      },
    );
    await check(`${name}: kubectl with ${signer} may what RBAC allows, and nothing else`, async () => {
      const allowed = await kubectl(clients, kubeconfig, developer.principal, ['get', 'configmaps']);
      assert.ok(allowed.ok, allowed.stderr);
      const denied = await kubectl(clients, kubeconfig, developer.principal, ['get', 'secrets']);
      assert.ok(!denied.ok);
      assert.match(denied.stderr, /secrets is forbidden: User "bob" cannot list resource "secrets"/);
    });
  }
  await check(`${name}: curl with a bearer token is the same user`, async () => {
    const { stdout } = await curl(place, await sign(clients, 'aws', developer.principal, cluster));
    assert.deepEqual(JSON.parse(stdout).status.userInfo, bob);
  });
  await check(`${name}: a role session has its name in the username`, async () => {
    const token = await sign(clients, 'callerid', admin.principal, cluster);
    const expected = await userInfo(admin, 'admin:alice-example.com', ['platform-admins']);
    assert.deepEqual((await whoIs(place, token)).user, expected);
  });
  await check(`${name}: a node is system:node: and the name that EC2 gives it`, async () => {
    const [instance = ''] = await world.moto.runInstances(1);
    const node = world.person({ role: 'KubernetesNode', session: instance });
    const token = await sign(clients, 'aws-iam-authenticator', node.principal, cluster);
    const username = `system:node:${await world.moto.nameOf(instance)}`;
    const groups = ['system:bootstrappers', 'system:nodes'];
    assert.deepEqual((await whoIs(place, token)).user, await userInfo(node, username, groups));
  });
  await check(`${name}: a node of an instance that is not there is refused`, async () => {
    const node = world.person({ role: 'KubernetesNode', session: 'i-0123456789abcdef0' });
    const token = await sign(clients, 'callerid', node.principal, cluster);
    const known = new Set(server.refusals);
    assert.equal((await whoIs(place, token)).status, 401);
    await refusalWith(place, 'instance_not_found', known);
  });
}

async function curl({ home, server }: Place, token: string): Promise<{ stdout: string }> {
  const ca = join(home, 'curl-ca.pem');
  writeFileSync(ca, server.caPem);
  return run('curl', [
    ...['--silent', '--show-error', '--cacert', ca, '--header', `Authorization: Bearer ${token}`],
    ...['--json', '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'],
    `${server.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
  ]);
}

/** What the reference gives of somebody, and the group that the API server adds. */
async function userInfo(person: Person, username: string, groups: readonly string[]): Promise<object> {
  const { principal } = person;
  const { Account, Arn, UserId } = await callerIdentityOf(principal, 'aws');
  const [principalId = '', session = ''] = UserId.split(':');
  const canonicalArn =
    principal.type === 'assumed-role' ? `arn:aws:iam::${Account}:role/${principal.roleName}` : Arn;
  return {
    username,
    uid: `aws-iam-authenticator:${Account}:${principalId}`,
    groups: [...groups, 'system:authenticated'],
    extra: {
      accessKeyId: [principal.accessKeyId],
      arn: [Arn],
      canonicalArn: [canonicalArn],
      principalId: [principalId],
      sessionName: [session],
      'sigs.k8s.io/aws-iam-authenticator/principalId': [principalId],
    },
  };
}
