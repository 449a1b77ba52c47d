/**
 * Scrubbed accounts: whose principals no answer, log line, metric or trace names.
 */
import { describe, expect, test } from 'vitest';
import { scrubbing } from '../../src/http/scrub.ts';
import type { LogRecord } from '../../src/http/sink.ts';
import type { Incumbent } from '../../src/review/shadow/call.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { account, Deployment, people, prod } from '../support/deployment.ts';
import { EverySink } from '../support/observers.ts';
import { scenarios } from '../support/scenarios.ts';
import { thrown } from '../support/thrown.ts';

const scrubbedAccounts = [account, '444455556666'];

/** Whatever says who somebody is. */
const personal = new RegExp(
  [
    ...scrubbedAccounts,
    'arn:',
    'role/',
    'user/',
    '(?:ARO|AID|ASI|AKI)A[A-Z0-9]',
    'alice',
    'carol',
    'mallory',
    'i-0123456789abcdef0',
    'llll',
  ].join('|'),
);

const proven = scenarios.filter(({ verdict }) => verdict === 'mapped' || verdict === 'denied');

describe('of a proven caller of a scrubbed account', () => {
  test.each(proven)('no sink says who it was: $name', async ({ arrange, verdict, code }) => {
    const observed = new EverySink();
    const deployment = await Deployment.start({ observed, scrubbedAccounts });
    const token = await arrange(deployment);
    await deployment.ask(token);
    await deployment.ask(token);
    expect(await observed.output()).not.toMatch(personal);
    const stays = { verdict, cluster: prod, policyVersion: 1, scrubbed: true, stsHost: expect.any(String) };
    const line = { ...stays, ...(code && { code }) };
    expect(deployment.log).toEqual([expect.objectContaining(line), expect.objectContaining(line)]);
  });

  test.each(proven)('without the setting it is said: $name', async ({ arrange }) => {
    const deployment = await Deployment.start({ scrubbedAccounts: ['999999999999'] });
    await deployment.ask(await arrange(deployment));
    expect(JSON.stringify(deployment.log)).toMatch(personal);
    expect(deployment.log[0]).not.toHaveProperty('scrubbed');
  });

  test('a grant has the uid of aws-iam-authenticator, and no extra', async () => {
    const deployment = await Deployment.start({ scrubbedAccounts });
    const { body } = await deployment.ask(await deployment.sign(people.admin));
    expect(body.status).toEqual({
      authenticated: true,
      user: {
        username: 'admin:alice-example.com',
        uid: 'aws-iam-authenticator:administrative:admin:alice-example.com',
        groups: ['system:masters', 'role:Admin'],
        extra: {},
      },
    });
  });

  test.each(proven.filter(({ verdict }) => verdict === 'denied'))(
    'a denial does not say who: $name',
    async ({ arrange, code }) => {
      const deployment = await Deployment.start({ scrubbedAccounts });
      const { body } = await deployment.ask(await arrange(deployment));
      expect(body.status.error).not.toMatch(personal);
      expect(body.status.error).toMatch(new RegExp(`^${code}: .*; policy version 1 \\(decision `));
    },
  );

  test('a use of the break-glass rule stays loud, and names nobody', async () => {
    const rule = { role: `arn:aws:iam::${account}:role/Admin`, username: 'break-glass', groups: ['g'] };
    const deployment = await Deployment.start({
      scrubbedAccounts,
      breakGlass: { rule, expiresAt: Number.POSITIVE_INFINITY },
    });
    const { body } = await deployment.ask(await deployment.sign(people.admin));
    expect(body.status.user).toMatchObject({ username: 'break-glass', extra: {} });
    expect(JSON.stringify(deployment.log)).not.toMatch(personal);
    expect(deployment.log[0]).toMatchObject({ breakGlass: true, scrubbed: true });
  });

  test('in shadow mode it is told in what the two differ, and not what they say', async () => {
    const user = {
      username: 'alice',
      groups: ['alice'],
      uid: `aws-iam-authenticator:${account}:AROAADMIN`,
      extra: { arn: ['arn:x'] },
    };
    const incumbent: Incumbent = async () => ({
      httpStatus: 200,
      status: { authenticated: true, user, error: 'arn:aws:iam::1:role/x' },
    });
    const lines = Promise.withResolvers<unknown>();
    const sink = scrubbing({ record: lines.resolve }, new Map([[prod, new Set(scrubbedAccounts)]]));
    const deployment = await Deployment.start({ scrubbedAccounts, incumbent, log: sink.record });
    await deployment.ask(await deployment.sign(people.admin));
    const line = await lines.promise;
    expect(JSON.stringify(line)).not.toMatch(personal);
    expect(line).toMatchObject({
      scrubbed: true,
      shadow: {
        outcome: 'differs',
        theirs: 'granted',
        differences: [{ field: 'username' }, { field: 'uid' }, { field: 'groups' }, { field: 'extra.arn' }],
      },
    });
  });
});

test('attack: the other names, in shadow mode, whom callerid did not get to know', async () => {
  const lines: LogRecord[] = [];
  const sink = scrubbing({ record: (one) => void lines.push(one) }, new Map([[prod, new Set([account])]]));
  const arn = `arn:aws:sts::${account}:assumed-role/Admin/alice`;
  const shadow = {
    outcome: 'differs',
    theirs: 'denied',
    reason: `${arn} is not mapped`,
    differences: [{ field: 'username', theirs: arn }],
  };
  const record = { event: 'review', cluster: prod, verdict: 'refused', code: 'token_expired', shadow };
  sink.record(record as unknown as LogRecord);
  expect(JSON.stringify(lines)).not.toContain('alice');
  expect(lines[0]).toMatchObject({ code: 'token_expired', shadow: { theirs: 'denied' } });
  sink.record({ ...record, cluster: 'another' } as unknown as LogRecord);
  expect(lines[1]).toMatchObject({ shadow });
});

describe('of other records', () => {
  const common = { time: '2026-11-24T12:00:00.000Z', decisionId: 'd', cluster: prod, durationMs: 1 };
  const arn = `arn:aws:sts::${account}:assumed-role/Admin/alice`;
  const scrubbed = (record: object) => {
    const lines: LogRecord[] = [];
    const sink = scrubbing({ record: (one) => void lines.push(one) }, new Map([[prod, new Set([account])]]));
    sink.record({ ...common, ...record } as LogRecord);
    return JSON.parse(JSON.stringify(lines[0]));
  };

  test('an administrator has no name', () => {
    const admin = { event: 'admin', operation: 'putPolicy', author: arn, status: 200, policyVersion: 2 };
    const { author: _, ...rest } = admin;
    expect(scrubbed(admin)).toEqual({ ...common, ...rest, scrubbed: true });
    const secret = { ...admin, author: 'static secret' };
    expect(scrubbed(secret)).toEqual({ ...common, ...secret });
  });

  test('an exchange names the JWT, and not for whom', () => {
    const stays = { event: 'exchange', verdict: 'issued', issuedId: 'i', kid: 'k', cached: false };
    const goes = {
      arn,
      canonicalArn: arn,
      account,
      sessionName: 'alice',
      jwtIssuer: 'u',
      rule: arn,
      username: 'a',
    };
    expect(scrubbed({ ...stays, ...goes })).toEqual({ ...common, ...stays, scrubbed: true });
  });

  test('of another cluster nothing is taken', () => {
    const elsewhere = { event: 'review', verdict: 'mapped', cluster: 'other', account, arn };
    expect(scrubbed(elsewhere)).toEqual({ ...common, ...elsewhere });
  });
});

describe('the setting', () => {
  const base = { CALLERID_CLUSTER: prod, CALLERID_API_SERVER_AUTH: 'none' };

  test('is of one cluster', () => {
    const settings = readSettings({
      ...base,
      CALLERID_SCRUBBED_ACCOUNTS: `${account}, 012345678901`,
      CALLERID_CLUSTERS: {
        'a.example': { apiServerSecretSha256: ['ab'.repeat(32)], scrubbedAccounts: ['999999999999'] },
        'b.example': { apiServerSecretSha256: ['cd'.repeat(32)] },
      },
    });
    expect(settings.clusters.map(({ scrubbedAccounts: of }) => of && [...of])).toEqual([
      [account, '012345678901'],
      ['999999999999'],
      undefined,
    ]);
  });

  test.each(['12345', `${account},`, 'arn:aws:iam::111122223333:root'])(
    'attack by a slip: %s scrubs nobody, so it is refused',
    (value) => {
      expect(thrown(() => readSettings({ ...base, CALLERID_SCRUBBED_ACCOUNTS: value }))).toMatchObject({
        setting: 'CALLERID_SCRUBBED_ACCOUNTS',
        problem: 'must be account IDs of 12 digits each',
      });
    },
  );

  test('a number in JSON is refused: it has lost its zeros', () => {
    const clusters = { 'a.example': { apiServerAuth: 'none', scrubbedAccounts: [12345678901] } };
    expect(thrown(() => readSettings({ CALLERID_CLUSTERS: clusters }))).toMatchObject({
      setting: 'CALLERID_CLUSTERS.a.example.scrubbedAccounts',
    });
  });
});
