/**
 * The break-glass rule: for one principal, for a bounded time, whatever the policy says, and loud.
 */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import type { Rule } from '../../src/mapping/rule.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { account, bare, Deployment, people, prod, rules } from '../support/deployment.ts';
import { now } from '../support/token-builder.ts';

const hour = 3_600_000;
const arn = `arn:aws:iam::${account}:role/Stranger`;
const rule: Rule = { role: arn, username: 'break-glass', groups: ['system:masters'], reserved: 'custom' };
const breakGlass = { rule, expiresAt: now + hour };
const broken = { username: 'break-glass', groups: ['system:masters'] };

describe('the principal comes in', () => {
  test.each<
    [name: string, prepare: (deployment: Deployment) => Promise<unknown> | undefined, cluster?: string]
  >([
    ['whom the policy does not know', () => undefined],
    ['whom the policy denies', (it) => it.write({ rules: [...rules, { account, deny: true }] })],
    ['while the policy is broken', (it) => it.corrupt('{')],
    ['while there is none', () => undefined, bare],
    ['while the store is down', async (it) => Object.assign(it, { storeError: new Error('down') })],
    ['though the policy serves other audiences', (it) => it.write({ rules, apiAudiences: ['other'] })],
  ])('%s', async (_, prepare, cluster = prod) => {
    const deployment = await Deployment.start({ breakGlass });
    await prepare(deployment);
    const token = await deployment.sign(people.stranger, { audience: cluster });
    const { status, body } = await deployment.ask(token, { cluster });
    expect(status).toBe(200);
    expect(body.status).toMatchObject({ authenticated: true, user: broken });
    expect(deployment.log.at(-1)).toMatchObject({
      verdict: 'mapped',
      breakGlass: true,
      rule: `break-glass role ${arn}`,
      arn: expect.stringContaining('Stranger'),
    });
    expect(deployment.log.at(-1)?.policyVersion).toBeUndefined();
  });
});

describe('nobody else does', () => {
  test.each<[attack: string, who: keyof typeof people, minutes: number, code: string | undefined]>([
    ['another role', 'admin', 0, undefined],
    ['a user', 'bob', 0, undefined],
    ['the principal when the time is over', 'stranger', 60, 'not_mapped'],
    ['the principal whom STS does not know', 'unknownToSts', 0, 'sts_access_key_unknown'],
  ])('%s', async (_, who, minutes, code) => {
    const deployment = await Deployment.start({ breakGlass });
    deployment.time += minutes * 60_000;
    const { body } = await deployment.ask(await deployment.sign(people[who]));
    expect(body.status.user?.username).not.toBe('break-glass');
    expect(deployment.log.at(-1)?.breakGlass).toBeUndefined();
    expect(deployment.log.at(-1)?.code).toBe(code);
  });

  test('a pinned principal that was recreated', async () => {
    const pinned = { ...rule, principalId: 'AROAAAAAAAAAAAAAAAAAA' };
    const deployment = await Deployment.start({ breakGlass: { rule: pinned, expiresAt: now + hour } });
    const { body } = await deployment.ask(await deployment.sign(people.stranger));
    expect(body.status).toMatchObject({ authenticated: false, error: expect.stringContaining('not_mapped') });
  });

  test('the principal once the time of the rule is over, though the identity is held', async () => {
    const deployment = await Deployment.start({ breakGlass: { rule, expiresAt: now + 10_000 } });
    const token = await deployment.sign(people.stranger);
    expect((await deployment.ask(token)).body.status.authenticated).toBe(true);
    deployment.time += 10_000;
    expect((await deployment.ask(token)).body.status.authenticated).toBe(false);
    expect(deployment.log.at(-1)).toMatchObject({ cached: true, code: 'not_mapped' });
  });
});

describe('the variable', () => {
  const env = {
    CALLERID_CLUSTER: prod,
    CALLERID_API_SERVER_AUTH: 'none',
    CALLERID_CLUSTERS: { [bare]: { apiServerAuth: 'none' } },
  };
  const at = (ms: number): string => new Date(ms).toISOString();
  const read = (value: unknown) => readSettings({ ...env, CALLERID_BREAK_GLASS: value }, now);

  test('is read, and every start warns of it', () => {
    const { breakGlass, warnings } = read({ role: arn, expires: at(now + hour) });
    // attack: a JWT that outlives ended credentials, and notBefore
    expect(breakGlass).toEqual({
      cluster: prod,
      rule: { ...rule, proof: 'signed-url' },
      expiresAt: now + hour,
    });
    expect(warnings).toContainEqual(
      expect.stringContaining(`CALLERID_BREAK_GLASS: role ${arn} by signed-url goes before the policy until`),
    );
  });

  test.each<[name: string, value: object, expected: object]>([
    [
      'a user',
      { user: `arn:aws:iam::${account}:user/bob` },
      { rule: { user: `arn:aws:iam::${account}:user/bob` } },
    ],
    ['names', { role: arn, username: 'x', groups: [] }, { rule: { username: 'x', groups: [] } }],
    [
      'a pin',
      { role: arn, principalId: 'AROAAAAAAAAAAAAAAAAAA' },
      { rule: { principalId: 'AROAAAAAAAAAAAAAAAAAA' } },
    ],
    ['another cluster', { role: arn, cluster: bare }, { cluster: bare }],
  ])('takes %s', (_, value, expected) => {
    expect(read({ ...value, expires: at(now + 24 * hour) }).breakGlass).toMatchObject(expected);
  });

  test('that has expired only warns: the deployment must not end with it', () => {
    const { breakGlass, warnings } = read(JSON.stringify({ role: arn, expires: at(now - hour) }));
    expect(breakGlass?.expiresAt).toBe(now - hour);
    expect(warnings).toContainEqual(expect.stringContaining('has expired'));
  });

  test.each<[name: string, value: unknown, message: string]>([
    ['no JSON', '{', 'must be a JSON object'],
    ['a text', '"x"', 'missing, unknown or of another form'],
    ['no expiry', { role: arn }, 'expires is missing'],
    [
      'an expiry that is no time',
      { role: arn, expires: 'tomorrow' },
      'expires is missing, unknown or of another form',
    ],
    [
      'an expiry beyond a day',
      { role: arn, expires: at(now + 24 * hour + 1) },
      'expires is more than 24 hours ahead',
    ],
    ['a day that does not exist', { role: arn, expires: '2026-99-99T00:00:00Z' }, 'expires'],
    ['nobody', { expires: at(now) }, 'must have exactly one of'],
    ['two', { role: arn, user: arn, expires: at(now) }, 'must have exactly one of'],
    ['a pattern', { pattern: `${arn}*`, expires: at(now) }, '"pattern" is missing, unknown'],
    ['an account', { account, expires: at(now) }, '"account" is missing, unknown'],
    ['a secret for a field', { role: arn, expires: at(now), S3CRET: 1 }, '"S3CRET" is missing, unknown'],
    ['a wildcard', { role: `${arn}*`, expires: at(now) }, 'role "must be the ARN of an IAM role'],
    ['an unknown cluster', { role: arn, cluster: 'x', expires: at(now) }, 'is for no cluster'],
    ['a typo', { role: arn, expire: at(now) }, 'expire'],
  ])('is refused with %s', (_, value, message) => {
    expect(() => read(value)).toThrow(ConfigurationError);
    expect(() => read(value)).toThrow(message);
  });
});
