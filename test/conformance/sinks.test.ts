/**
 * What records go to, and what is in them: the times of the stages, the age of what was held, the data points of Workers.
 */
import { describe, expect, test } from 'vitest';
import type { DecisionRecord } from '../../src/http/log.ts';
import { joinSinks, type LogRecord } from '../../src/http/sink.ts';
import { analyticsOf } from '../../src/runtime/analytics.ts';
import { Deployment, host, people, prod, region, rules } from '../support/deployment.ts';
import { type DataPoint, EverySink } from '../support/observers.ts';

const record: DecisionRecord = {
  event: 'review',
  time: '2026-11-24T12:00:00.000Z',
  decisionId: 'd',
  cluster: prod,
  verdict: 'foreign',
  durationMs: 0,
};

const broken = {
  record() {
    throw new Error('no');
  },
};

describe('several sinks', () => {
  test('are told in their order, and one that throws keeps nothing from the others', () => {
    const told: string[] = [];
    const named = (name: string) => ({ record: (one: LogRecord) => void told.push(name + one.event) });
    const all = joinSinks([named('a'), broken, named('b'), broken]);
    expect(() => all.record(record)).not.toThrow();
    expect(told).toEqual(['areview', 'breview']);
  });

  test('of which one rejects end no process', async () => {
    const rejecting = { record: () => Promise.reject(new Error('no')) as unknown as undefined };
    expect(() => joinSinks([rejecting]).record(record)).not.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 0)); // an unhandled rejection would fail the run
  });

  test('of which one throws change no answer', async () => {
    const deployment = await Deployment.start({ log: joinSinks([broken]).record });
    const { body } = await deployment.ask(await deployment.sign(people.admin));
    expect(body.status.authenticated).toBe(true);
  });
});

describe('the times of a decision', () => {
  /** STS takes 120 ms, the store 30. */
  async function timed() {
    const deployment = await Deployment.start({
      fetch: (async (url: string, init: RequestInit) => {
        await Promise.resolve(); // as any answer comes later
        deployment.time += 120;
        return deployment.sts.fetch(url, init);
      }) as typeof fetch,
    });
    return deployment;
  }

  test('are those of the stages that were waited for', async () => {
    const deployment = await timed();
    await deployment.ask(await deployment.sign(people.admin));
    expect(deployment.log[0]).toMatchObject({ durationMs: 120, verifyMs: 120, cached: false });
    expect(deployment.log[0]?.ageMs).toBeUndefined();
    expect(deployment.log[0]).not.toHaveProperty('ec2Ms');
    expect(deployment.log[0]).not.toHaveProperty('policyMs');
  });

  test('of a held identity there is its age, and nothing was waited for', async () => {
    const deployment = await timed();
    const token = await deployment.sign(people.admin);
    await deployment.ask(token);
    deployment.time += 7000;
    await deployment.ask(token);
    expect(deployment.log[1]).toMatchObject({ durationMs: 0, cached: true, ageMs: 7120 });
    expect(deployment.log[1]).not.toHaveProperty('verifyMs');
  });

  test('of a policy, which comes later than STS answers', async () => {
    const deployment = await Deployment.start();
    const { policies, verifier } = deployment.clusters.get(prod)!;
    const { promise: verified, resolve } = Promise.withResolvers<void>();
    const verify = verifier.verify.bind(verifier);
    Object.assign(verifier, {
      verify: (...parameters: Parameters<typeof verify>) =>
        verify(...parameters).finally(() => setTimeout(resolve, 0)),
    });
    const current = policies.current.bind(policies);
    policies.current = async (context) => {
      await verified;
      deployment.time += 30;
      return current(context);
    };
    await deployment.ask(await deployment.sign(people.admin));
    expect(deployment.log[0]).toMatchObject({ durationMs: 30, policyMs: 30 });
  });

  test('of a look-up in EC2, where it fails too', async () => {
    const deployment = await Deployment.start({
      privateDnsNames: {
        async find() {
          await Promise.resolve();
          deployment.time += 45;
          return { ok: false, code: 'ec2_timeout' };
        },
      },
    });
    await deployment.ask(await deployment.sign(people.node));
    expect(deployment.log[0]).toMatchObject({ code: 'ec2_timeout', durationMs: 45, ec2Ms: 45 });
  });

  test('both of them, where the identity is older than the policy allows', async () => {
    const deployment = await timed();
    const token = await deployment.sign(people.admin);
    await deployment.ask(token);
    await deployment.write({ rules, notBefore: new Date(deployment.time + 40_000).toISOString() });
    deployment.time += 31_000;
    await deployment.ask(token);
    deployment.time += 10_000;
    await deployment.ask(token);
    expect(deployment.log.map(({ verifyMs }) => verifyMs)).toEqual([120, 120, 120]);
  });
});

describe('a data point of Analytics Engine', () => {
  const pointOf = (one: LogRecord): DataPoint => {
    const points: DataPoint[] = [];
    const [sink] = analyticsOf(
      { writeDataPoint: (point: DataPoint) => points.push(point) },
      { endpoints: {} },
    );
    sink!.record(one);
    return points[0]!;
  };

  test('has the columns that docs/metrics.md names', () => {
    const review = {
      ...record,
      verdict: 'unavailable',
      code: 'sts_timeout',
      stsHost: host,
      durationMs: 5003,
      verifyMs: 5001,
      policyProblem: 'x',
    } as const;
    expect(pointOf(review)).toEqual({
      indexes: [prod],
      blobs: ['review', prod, 'unavailable', 'sts_timeout', host, ''],
      doubles: [5003, 5001, 0, 0, 0, 0, 0, 1, 0],
    });
    const admin = {
      event: 'admin',
      time: record.time,
      decisionId: 'd',
      cluster: prod,
      operation: 'putPolicy',
      author: 'arn:aws:iam::111122223333:role/Admin',
      breakGlass: true,
      status: 200,
      policyVersion: 7,
      durationMs: 12,
    } as const;
    expect(pointOf(admin as unknown as LogRecord)).toEqual({
      indexes: [prod],
      blobs: ['admin', prod, 'putPolicy', '', '', ''],
      doubles: [12, 0, 0, 0, 0, 7, 1, 0, 200],
    });
  });

  test('attack: a host of the caller’s own invention is no column, and no long ID breaks the limit of an index', () => {
    const point = pointOf({ ...record, cluster: 'c'.repeat(100), stsHost: 'sts.us-newland-1.amazonaws.com' });
    expect(point.blobs[4]).toBe('');
    expect(point.indexes).toEqual(['c'.repeat(96)]);
  });

  test.each([null, 'METRICS', {}])('%o is none: an error of the configuration', (binding) => {
    expect(() => analyticsOf(binding, { endpoints: {} })).toThrow('METRICS');
  });

  test('is not written where nothing is bound', () => {
    expect(analyticsOf(undefined, { endpoints: {} })).toEqual([]);
  });
});

test('attack: hosts of the caller’s own invention in bulk make no further series', async () => {
  const observed = new EverySink();
  const deployment = await Deployment.start({ observed });
  const seriesOf = async () =>
    (await observed.printed()).split('\n').filter((line) => /^\w/.test(line)).length;
  const invent = async (number: number) => {
    const endpoint = { host: `sts.us-newland-${number}.amazonaws.com`, region: `us-newland-${number}` };
    await deployment.ask(await deployment.sign(people.bob, { endpoint }));
  };
  await invent(1);
  const before = await seriesOf();
  for (let number = 2; number < 8; number++) await invent(number);
  expect(await seriesOf()).toBe(before);
  expect(await observed.printed()).not.toContain('newland');
  await deployment.ask(await deployment.sign(people.bob, { endpoint: { host, region } }));
  expect(await seriesOf()).toBeGreaterThan(before);
});
