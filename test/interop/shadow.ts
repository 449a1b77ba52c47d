/**
 * Shadow mode in front of the real `aws-iam-authenticator server`, both asking one STS: the emulator, behind TLS.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands, flagsIn } from '../support/help-flags.ts';
import { goProgram } from './go.ts';
import { account, type Name, people, role, Stage, secret, usernames } from './shadow-stage.ts';
import type { Check, Suite } from './suite.ts';

const flagsFile = join(import.meta.dirname, '../fixtures/aws-iam-authenticator-flags.json');

export const suite: Suite = {
  name: 'aws-iam-authenticator: shadow mode',
  async run(check) {
    const authenticator = await goProgram('aws-iam-authenticator');
    await check('the fixture has the flags that the peer prints', async () => {
      const { flags } = JSON.parse(readFileSync(flagsFile, 'utf8'));
      for (const name of commands) {
        const help = execFileSync(authenticator, [...name.split(' ').filter(Boolean), '--help'], {
          encoding: 'utf8',
        });
        assert.deepEqual(flagsIn(help), flags[name], name);
      }
    });
    const stage = await Stage.start(authenticator);
    try {
      await checks(check, stage);
    } finally {
      await stage.end();
    }
  },
};

async function checks(check: Check, stage: Stage): Promise<void> {
  for (const version of ['v1', 'v1beta1']) {
    for (const [name, username] of Object.entries(usernames) as [Name, string | undefined][]) {
      await check(`${version}: ${name} gets what the peer says, and callerid agrees`, async () => {
        const token = await stage.sign(name);
        const theirs = await stage.askPeer(token, version);
        const answer = await stage.ask(token, version);
        assert.equal(answer.status, username === undefined ? 403 : 200);
        assert.equal(answer.status, theirs.status);
        assert.equal(answer.body.apiVersion, `authentication.k8s.io/${version}`);
        assert.equal(answer.body.status.authenticated, username !== undefined);
        assert.equal(answer.body.status.user?.username, username);
        if (username !== undefined) assert.deepEqual(sparse(answer.body.status), sparse(theirs.body.status));
        await stage.logged(answer.decisionId, 'agrees');
      });
    }
  }
  await check(
    'a token for another cluster, one that is altered, and one of another kind: both refuse',
    async () => {
      const token = await stage.sign('admin');
      const altered = token.slice(0, -8) + [...token.slice(-8)].reverse().join('');
      for (const refused of [
        await stage.sign('admin', 'other.example.com'),
        altered,
        'eyJhbGciOiJSUzI1NiJ9.e30.c2ln',
      ]) {
        const { status, body, decisionId } = await stage.ask(refused);
        assert.equal(status, 403);
        assert.equal(body.status.authenticated, false);
        await stage.logged(decisionId, 'agrees');
      }
    },
  );
  await check('the report is empty, and ends with 0', async () => {
    const { status, report } = stage.report();
    assert.equal(status, 0);
    assert.deepEqual(report.differences, []);
    assert.deepEqual([report.granted, report.denied, report.refused, report.foreign], [8, 2, 2, 1]);
  });
  await check('a policy that differs changes no answer, and the report names what differs', async () => {
    stage.since = new Date().toISOString();
    await stage.setPolicy((rules) =>
      rules
        .filter((rule) => rule.user === undefined)
        .map((rule) => {
          const isAdmin = rule.role === role('KubernetesAdmin');
          return isAdmin ? { ...rule, username: 'root', groups: ['viewers'] } : rule;
        }),
    );
    for (const [name, username] of Object.entries(usernames) as [Name, string | undefined][]) {
      const { status, body, decisionId } = await stage.ask(await stage.sign(name));
      assert.equal(status, username === undefined ? 403 : 200);
      assert.equal(body.status.user?.username, username);
      await stage.logged(decisionId, name === 'admin' || name === 'bob' ? 'differs' : 'agrees');
    }
    const { status, report } = stage.report();
    assert.equal(status, 1);
    const found = report.differences.map(
      ({ who, field }: { who: string; field: string }) => `${who} ${field}`,
    );
    assert.deepEqual(found, [
      `${role('KubernetesAdmin')} groups`,
      `${role('KubernetesAdmin')} username`,
      `arn:aws:iam::${account}:user/people/bob authenticated`,
    ]);
    const [, username, bob] = report.differences;
    assert.deepEqual([username.theirs.value, username.ours.value], [usernames.admin, 'root']);
    assert.deepEqual([bob.theirs.user.username, bob.ours.reason.split(':')[0]], ['bob', 'not_mapped']);
  });
  await check('with the policy mended it is empty again', async () => {
    await stage.setPolicy((rules) => rules);
    stage.since = new Date().toISOString();
    for (const name of Object.keys(usernames) as Name[]) {
      const { decisionId } = await stage.ask(await stage.sign(name));
      await stage.logged(decisionId, 'agrees');
    }
    const { status, report } = stage.report();
    assert.deepEqual([status, report.granted, report.denied, report.differed], [0, 4, 1, 0]);
  });
  await check('where STS throttles, the peer answers 429, and so does callerid', async () => {
    stage.sts.setFault({ type: 'throttle' });
    const { status, retryAfter, body, decisionId } = await stage.ask(await stage.sign('stranger'));
    stage.sts.setFault(undefined);
    assert.equal(status, 429);
    assert.ok(Number(retryAfter) >= 5);
    assert.equal(body.kind, 'Status');
    await stage.logged(decisionId, 'not_compared');
  });
  await check('a peer that has ended: 503, and never a grant of our own', async () => {
    await stage.endPeer();
    const { status, body, decisionId } = await stage.ask(await stage.sign('admin'));
    assert.equal(status, 503);
    assert.equal(body.kind, 'Status');
    const line = await stage.logged(decisionId, 'not_compared');
    assert.equal(line.verdict, 'mapped');
    assert.deepEqual([line.shadow.theirs, line.shadow.httpStatus], ['shadow_no_verdict', undefined]);
  });
  await check('no token and no secret key is in the log', async () => {
    const log = stage.log.join('\n');
    for (const word of [
      'k8s-aws-v1.',
      'X-Amz-',
      ...stage.tokens.map((token) => token.slice(11, 60)),
      secret,
    ]) {
      assert.ok(!log.includes(word), 'a secret is in the log');
    }
    for (const { secretAccessKey } of Object.values(people)) assert.ok(!log.includes(secretAccessKey));
  });
}

/** What Go leaves out where it is empty, left out here too. */
function sparse(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, sparse(part)] as const);
  const isEmpty = (part: unknown) =>
    part === '' || (typeof part === 'object' && Object.keys(part ?? {}).length === 0);
  return Object.fromEntries(entries.filter(([, part]) => !isEmpty(part)));
}
