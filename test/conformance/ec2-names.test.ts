/**
 * Looking up private DNS names: whose instance counts, what is asked of EC2 and how often, and what is held.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { PrivateDnsName, PrivateDnsNames } from '../../src/ec2/private-dns-name.ts';
import { createPrivateDnsNames, type PrivateDnsNamesOptions } from '../../src/ec2/private-dns-names.ts';
import type { TaskContext } from '../../src/lib/flights.ts';
import { detached } from '../../src/lib/flights.ts';
import {
  account,
  describeAnswer,
  Ec2Fake,
  ec2Error,
  type FakeInstance,
  idOf,
  lookupKey,
  nameOf,
  otherAccount,
  region,
  stsError,
  xml,
} from '../support/ec2-fake.ts';
import { taskContext } from '../support/verifier-setup.ts';

afterEach(() => {
  vi.useRealTimers();
});

const { setTimeout: realTimeout } = globalThis;

/** Waits while signatures are made, which takes time that no fake timer moves. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo() && tries < 500; tries++)
    await new Promise((resolve) => realTimeout(resolve, 2));
  expect(isSo()).toBe(true);
}

interface Scene {
  readonly ec2: Ec2Fake;
  readonly names: PrivateDnsNames;
  /** The name, or the code. */
  readonly find: (instanceId: string, of?: string, context?: TaskContext) => Promise<string>;
}

function scene(
  instances: readonly FakeInstance[] = [],
  options: Partial<PrivateDnsNamesOptions> = {},
): Scene {
  const ec2 = new Ec2Fake(instances);
  const names = createPrivateDnsNames({
    region,
    credentials: lookupKey,
    fetch: ec2.fetch,
    clock: () => ec2.now,
    ...options,
  });
  const find = async (instanceId: string, of = account, context?: TaskContext) =>
    meaning(await names.find({ instanceId, account: of }, context));
  return { ec2, names, find };
}

function meaning(result: PrivateDnsName): string {
  return result.ok ? result.name : result.code;
}

const id = idOf(1);
const lookupRole = (of: string) => `arn:aws:iam::${of}:role/Lookup`;

describe('whose instance counts', () => {
  test.each(['pending', 'running'])('one that is %s', async (state) => {
    expect(await scene([{ id, state }]).find(id)).toBe(nameOf(id));
  });

  test('one of the old form', async () => {
    expect(await scene([{ id: 'i-1a2b3c4d' }]).find('i-1a2b3c4d')).toBe(nameOf('i-1a2b3c4d'));
  });

  test.each(['shutting-down', 'terminated', 'stopping', 'stopped', 'Running', 'running '])(
    'not one that is %j',
    async (state) => {
      expect(await scene([{ id, state }]).find(id)).toBe('instance_not_found');
    },
  );

  test('not one that EC2 does not know', async () => {
    expect(await scene([{ id: idOf(2) }]).find(id)).toBe('instance_not_found');
  });

  test('not one of another account, though our credentials see it', async () => {
    const { find } = scene([{ id, owner: otherAccount, seenBy: [account] }]);
    expect(await find(id)).toBe('instance_not_found');
    expect(await find(id, otherAccount)).toBe(nameOf(id));
    expect(await find(id)).toBe('instance_not_found'); // nor is the one held for the other
  });

  test('not another instance than the one asked for', async () => {
    const { ec2, find } = scene();
    ec2.fault = () => xml(describeAnswer([{ id: idOf(2) }]));
    expect(await find(id)).toBe('instance_not_found');
  });

  test('not one without a name yet', async () => {
    expect(await scene([{ id, state: 'pending', name: '' }]).find(id)).toBe('instance_not_found');
  });

  test.each([
    'IP-10-0-0-1.ec2.internal',
    'ip-10-0-0-1.ec2.internal extra.example.com',
    'a b',
    ' ip-10-0-0-1',
    'ip_10',
    'ip-10-0-0-1.',
    '.ec2.internal',
    'a..b',
    '-a',
    'a-',
    'a\n',
    'system:node:x',
    'ip-10-0-0-1,ip-10-0-0-2',
    '{{AccountID}}',
    'é',
    'a'.repeat(64),
    `${'a.'.repeat(126)}ab`,
  ])('not one whose name is %j', async (name) => {
    expect(await scene([{ id, name }]).find(id)).toBe('instance_name_malformed');
  });

  test.each([
    'ip-10-0-0-1.ec2.internal',
    'i-0123456789abcdef0.eu-west-1.compute.internal',
    'a',
    `${'a.'.repeat(126)}a`,
  ])('one whose name is %j', async (name) => {
    expect(await scene([{ id, name }]).find(id)).toBe(name);
  });
});

describe('a session name that is no instance ID is not asked for', () => {
  test.each([
    '',
    'alice',
    'i-',
    'i-1234567',
    'i-123456789',
    `${id}0`,
    id.slice(0, -1),
    id.toUpperCase(),
    'i-0123456789ABCDEF0',
    'i-*',
    'i-0123456789abcdef*',
    'i-????????',
    '*',
    `${id},${idOf(2)}`,
    `${id} `,
    `${id}\n`,
    ` ${id}`,
    'i-0123456789abcdeg0',
    'mi-0123456789abcdef0',
    `${id}&Filter.2.Name=x`,
    'i-０1234567',
  ])('%j', async (instanceId) => {
    const { ec2, find } = scene([{ id }, { id: idOf(2) }]);
    expect(await find(instanceId)).toBe('instance_id_malformed');
    expect(ec2.calls).toEqual([]);
  });
});

describe('what is asked', () => {
  test('DescribeInstances by the filter, signed, with no redirect followed and nothing kept on the way', async () => {
    const { ec2, find } = scene([{ id }]);
    await find(id);
    expect([...(ec2.calls[0]?.form ?? [])]).toEqual([
      ['Action', 'DescribeInstances'],
      ['Version', '2016-11-15'],
      ['MaxResults', '50'],
      ['Filter.1.Name', 'instance-id'],
      ['Filter.1.Value.1', id],
    ]);
    expect(ec2.calls).toMatchObject([
      {
        host: 'ec2.eu-west-1.amazonaws.com',
        init: { method: 'POST', redirect: 'manual', cache: 'no-store', signal: expect.any(AbortSignal) },
      },
    ]);
    const headers = new Headers(ec2.calls[0]?.init.headers);
    expect([...headers.keys()].sort()).toEqual(['authorization', 'content-type', 'x-amz-date']);
  });

  test.each([
    ['us-gov-west-1', 'ec2.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'ec2.cn-north-1.amazonaws.com.cn'],
    ['eusc-de-east-1', 'ec2.eusc-de-east-1.amazonaws.eu'],
    ['us-iso-east-1', 'ec2.us-iso-east-1.c2s.ic.gov'],
  ])('in %s: %s', async (of, host) => {
    const { ec2, find } = scene([], { region: of });
    await find(id);
    expect(ec2.calls[0]?.host).toBe(host);
  });

  test('by a plain function, as Workers refuse fetch as a method', async () => {
    let self: unknown = 'not called';
    const fetch = function (this: unknown) {
      self = this;
      return Promise.reject(new Error());
    };
    await scene([], { fetch: fetch as typeof globalThis.fetch }).find(id);
    expect(self).toBeUndefined();
  });

  test('a wrong secret key is refused by EC2, and that is no denial', async () => {
    const credentials = { ...lookupKey, secretAccessKey: 'wrong' };
    expect(await scene([{ id }], { credentials }).find(id)).toBe('ec2_credentials_refused');
  });
});

describe('what is held', () => {
  test('a name, for an hour', async () => {
    const { ec2, find } = scene([{ id }]);
    expect(await find(id)).toBe(nameOf(id));
    ec2.instances = [];
    ec2.pass(3599);
    expect(await find(id)).toBe(nameOf(id));
    expect(ec2.calls).toHaveLength(1);
    ec2.pass(1);
    expect(await find(id)).toBe('instance_not_found');
    expect(ec2.calls).toHaveLength(2);
  });

  test.each<[string, readonly FakeInstance[]]>([
    ['not found', []],
    ['not running', [{ id, state: 'stopped' }]],
    ['of another account', [{ id, owner: otherAccount, seenBy: [account] }]],
    ['of a wrong name', [{ id, name: 'A' }]],
  ])('what was %s, for ten seconds', async (_, instances) => {
    const { ec2, find } = scene(instances);
    const refusal = await find(id);
    expect(refusal).toMatch(/^instance_/);
    ec2.instances = [{ id }];
    ec2.pass(9);
    expect(await find(id)).toBe(refusal);
    expect(ec2.calls).toHaveLength(1);
    ec2.pass(1);
    expect(await find(id)).toBe(nameOf(id));
  });

  test('what many do not find evicts no name', async () => {
    const { ec2, find } = scene([{ id }]);
    await find(id);
    for (let other = 2; other < 1200; other++) await find(idOf(other));
    const calls = ec2.calls.length;
    expect(await find(id)).toBe(nameOf(id));
    expect(ec2.calls).toHaveLength(calls);
  });
});

describe('no verdict, which is never held', () => {
  const far = (make: () => unknown) => () => make() as Response;
  const endless = () => {
    const pull = (controller: ReadableStreamDefaultController) =>
      controller.enqueue(new Uint8Array(64 * 1024).fill(0x20));
    return new Response(new ReadableStream({ pull }));
  };

  // [what happens, code, calls]
  test.each<[string, () => Response, string, number]>([
    ['throttling', () => ec2Error(503, 'RequestLimitExceeded'), 'ec2_throttled', 1],
    ['throttling by status', () => ec2Error(429, 'x'), 'ec2_throttled', 1],
    ['a server error', () => ec2Error(500, 'InternalError'), 'ec2_failing', 2],
    ['no such name, on Workers', () => new Response('error 1016', { status: 530 }), 'ec2_failing', 2],
    ['a connection failure', far(() => Promise.reject(new TypeError('fetch failed'))), 'ec2_unreachable', 2],
    [
      'a body that breaks off',
      () => new Response(new ReadableStream({ start: (c) => c.error('x') })),
      'ec2_unreachable',
      2,
    ],
    ['our key unknown', () => ec2Error(401, 'AuthFailure'), 'ec2_credentials_refused', 1],
    ['no right to look', () => ec2Error(403, 'UnauthorizedOperation'), 'ec2_credentials_refused', 1],
    ['an unknown error', () => ec2Error(400, 'InvalidFilter'), 'ec2_answer_unexpected', 1],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } }),
      'ec2_answer_unexpected',
      1,
    ],
    ['a page of HTML', () => new Response('<!DOCTYPE html><html></html>'), 'ec2_answer_unexpected', 1],
    [
      'an entity bomb',
      () => xml(`<!DOCTYPE a [<!ENTITY a "b">]>${describeAnswer([{ id, name: '&a;' }])}`),
      'ec2_answer_unexpected',
      1,
    ],
    ['an empty body', () => new Response(''), 'ec2_answer_unexpected', 1],
    ['a body without end', endless, 'ec2_answer_unexpected', 1],
    [
      'a body too large',
      () => xml(describeAnswer([{ id }]) + ' '.repeat(2 * 1024 * 1024)),
      'ec2_answer_unexpected',
      1,
    ],
    [
      'two items for one ID',
      () =>
        xml(
          describeAnswer([
            { id, name: 'a' },
            { id, name: 'b' },
          ]),
        ),
      'ec2_answer_unexpected',
      1,
    ],
    [
      'two items, one of another account',
      () => xml(describeAnswer([{ id, owner: otherAccount }, { id }])),
      'ec2_answer_unexpected',
      1,
    ],
    ['pages in a ring', () => xml(describeAnswer([], 'again')), 'ec2_answer_unexpected', 12],
    ['one instance on two pages', () => xml(describeAnswer([{ id }], 'again')), 'ec2_answer_unexpected', 2],
  ])('$0: $2', async (_, answer, code, calls) => {
    const { ec2, find } = scene([{ id }]);
    ec2.fault = answer;
    expect(await find(id)).toBe(code);
    expect(ec2.calls).toHaveLength(calls);
    ec2.fault = undefined;
    expect(await find(id)).toBe(nameOf(id));
  });

  test.each<[string, () => unknown]>([
    ['a connection failure', () => Promise.reject(new TypeError())],
    ['a server error', () => ec2Error(503, 'Unavailable')],
  ])('once %s: asked again', async (_, answer) => {
    const { ec2, find } = scene([{ id }]);
    ec2.fault = () => (ec2.calls.length === 1 ? (answer() as Response) : undefined);
    expect(await find(id)).toBe(nameOf(id));
  });

  test.each<[string, Partial<PrivateDnsNamesOptions>]>([
    [
      'a fetch that throws',
      {
        fetch: () => {
          throw new Error('x');
        },
      },
    ],
    ['no fetch', { fetch: 1 as unknown as typeof fetch }],
    [
      'a clock that throws',
      {
        clock: () => {
          throw new Error('x');
        },
      },
    ],
    ['a clock that stands nowhere', { clock: () => Number.NaN }],
  ])('never throws: %s', async (_, options) => {
    expect(await scene([{ id }], options).find(id)).toMatch(/^ec2_/);
  });

  test('a context that throws', async () => {
    const waitUntil = () => {
      throw new TypeError('Illegal invocation');
    };
    expect(await scene([{ id }]).find(id, account, { waitUntil })).toBe('ec2_answer_unexpected');
  });

  test('the deadline is total: pages, and a fetch that hears no signal', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { ec2, find } = scene([{ id }]);
    ec2.fault = (call) => {
      if (ec2.calls.length > 3) return new Promise<never>(() => {});
      return new Promise((resolve) => setTimeout(resolve, 1500)).then(() => {
        expect(call.init.signal?.aborted).toBe(false);
        return xml(describeAnswer([], `page/${ec2.calls.length}`));
      });
    };
    let outcome = 'pending';
    find(id).then((result) => {
      outcome = result;
    });
    for (let calls = 1; calls <= 3; calls++) {
      await until(() => ec2.calls.length === calls);
      await vi.advanceTimersByTimeAsync(1500);
    }
    await until(() => ec2.calls.length === 4);
    await vi.advanceTimersByTimeAsync(499);
    expect(outcome).toBe('pending');
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toBe('ec2_timeout');
    expect(ec2.calls[3]?.init.signal?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the deadline ends a stalled fetch, which is not tried again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { ec2, find } = scene([{ id }]);
    ec2.fault = ({ init }) =>
      new Promise((_, reject) => {
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
    const result = find(id);
    await until(() => ec2.calls.length === 1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await result).toBe('ec2_timeout');
    await new Promise((resolve) => realTimeout(resolve, 30));
    expect(ec2.calls).toHaveLength(1);
  });

  test('nothing of a key, or of what AWS said, is in what is told', async () => {
    const { ec2, names } = scene([{ id }], { roles: [lookupRole(account)] });
    const secrets = [
      lookupKey.secretAccessKey,
      'AKIAEXAMPLE',
      'session/SECRET',
      'tok//en',
      'Signature',
      'amazonaws',
    ];
    for (const fault of [
      () => stsError('AccessDenied', 403, lookupKey.secretAccessKey),
      (call: { action: string }) =>
        call.action === 'AssumeRole' ? undefined : ec2Error(403, 'tok//en', 'tok//en'),
      ({ init }: { init: RequestInit }) =>
        Promise.reject(new Error(JSON.stringify([...new Headers(init.headers)]))),
    ]) {
      ec2.fault = fault as (typeof ec2)['fault'];
      const told = JSON.stringify(await names.find({ instanceId: id, account }));
      expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
    }
  });
});

describe('pages', () => {
  test('are read to the last', async () => {
    const instances = Array.from({ length: 120 }, (_, index) => ({ id: idOf(index) }));
    const { ec2, find } = scene(instances, { batchMs: 1 });
    ec2.pageSize = 40;
    const found = await Promise.all(instances.map((one) => find(one.id)));
    expect(found).toEqual(instances.map((one) => nameOf(one.id)));
    expect(ec2.calls.map(({ form }) => form.get('NextToken'))).toEqual([null, 'page/40', 'page/80']);
  });

  test('one that fails fails the whole', async () => {
    const { ec2, find } = scene([{ id }]);
    ec2.fault = ({ form }) =>
      form.has('NextToken') ? ec2Error(503, 'RequestLimitExceeded') : xml(describeAnswer([{ id }], 'a'));
    expect(await find(id)).toBe('ec2_throttled');
  });
});

describe('joined', () => {
  test('concurrent look-ups of one instance, with a context', async () => {
    const { ec2, find } = scene([{ id }]);
    const contexts = Array.from({ length: 20 }, taskContext);
    const found = await Promise.all(contexts.map((context) => find(id, account, context)));
    expect(new Set(found)).toEqual(new Set([nameOf(id)]));
    expect(ec2.calls).toHaveLength(1);
    expect(contexts.map(({ kept }) => kept.length)).toEqual([1, ...Array(19).fill(0)]);
  });

  test('not without one', async () => {
    const { ec2, find } = scene([{ id }]);
    await Promise.all([find(id), find(id)]);
    expect(ec2.calls).toHaveLength(2);
  });

  test('not of two accounts', async () => {
    const { find } = scene([{ id, owner: otherAccount, seenBy: [account] }]);
    const found = [account, otherAccount].map((of) => find(id, of, taskContext()));
    expect(await Promise.all(found)).toEqual(['instance_not_found', nameOf(id)]);
  });

  test.each<[string, readonly string[]]>([
    ['the look-up', []],
    ['the role', [lookupRole(account)]],
  ])('a follower outlives a leader whose request is dead: %s', async (_, roles) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { ec2, find } = scene([{ id }, { id: idOf(2) }], { roles, deadlineMs: 1000 });
    ec2.fault = () => (ec2.calls.length === 1 ? new Promise<never>(() => {}) : undefined);
    find(id, account, taskContext());
    await until(() => ec2.calls.length === 1);
    vi.clearAllTimers(); // what a reset connection leaves on Workers
    const followers = [find(id, account, taskContext()), find(idOf(2), account, taskContext())];
    await vi.advanceTimersByTimeAsync(500);
    expect(await followers[1]).toBe(nameOf(idOf(2)));
    await vi.advanceTimersByTimeAsync(500);
    expect(await followers[0]).toBe(nameOf(id));
    expect(ec2.actions.filter((action) => action === 'AssumeRole')).toHaveLength(2 * roles.length);
  });
});

describe('batches, where work outlives its request', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => idOf(index + 1));

  function begin(ids: readonly string[], instances = ids.map((one) => ({ id: one }))) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const made = scene(instances, { batchMs: 100 });
    return { ...made, found: ids.map((one) => made.find(one, account, detached)) };
  }

  test.each([
    [2, [2]],
    [199, [199]],
    [200, [200]],
    [201, [200, 1]],
    [400, [200, 200]],
  ])('%i IDs in calls of %j', async (count, sizes) => {
    const { ec2, found } = begin(many(count));
    await vi.advanceTimersByTimeAsync(100);
    expect(await Promise.all(found)).toEqual(many(count).map(nameOf));
    const firstPages = ec2.calls.filter(({ form }) => !form.has('NextToken'));
    const descending = firstPages.map(({ ids }) => ids.length).sort((a, b) => b - a);
    expect(descending).toEqual(sizes);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('200 do not wait, fewer wait for 100 ms', async () => {
    const { ec2, find, found } = begin(many(200));
    await Promise.all(found);
    const before = ec2.calls.length;
    expect(before).toBeGreaterThan(0);
    find(idOf(300), account, detached);
    await vi.advanceTimersByTimeAsync(99);
    await new Promise((resolve) => realTimeout(resolve, 20));
    expect(ec2.calls).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    await until(() => ec2.calls.length === before + 1);
  });

  test('an ID is asked for once, for whatever accounts, and each account is judged by itself', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { ec2, find } = scene([{ id }], { batchMs: 100 });
    const found = [account, otherAccount].map((of) => find(id, of, detached));
    await vi.advanceTimersByTimeAsync(100);
    expect(await Promise.all(found)).toEqual([nameOf(id), 'instance_not_found']);
    expect(ec2.calls.map(({ ids }) => ids)).toEqual([[id]]);
  });

  test('an unknown, a foreign and an ill-named one fail nobody else', async () => {
    const [known = '', unknown = '', foreign = '', named = ''] = many(4);
    const { found } = begin(many(4), [
      { id: known },
      { id: foreign, owner: otherAccount, seenBy: [account] } as FakeInstance,
      { id: named, name: 'A' } as FakeInstance,
    ] as never);
    await vi.advanceTimersByTimeAsync(100);
    expect(unknown).not.toBe('');
    expect(await Promise.all(found)).toEqual([
      nameOf(known),
      'instance_not_found',
      'instance_not_found',
      'instance_name_malformed',
    ]);
  });

  test('throttling reaches all who waited, and nobody after', async () => {
    const { ec2, find, found } = begin(many(3));
    ec2.fault = () => ec2Error(503, 'RequestLimitExceeded');
    await vi.advanceTimersByTimeAsync(100);
    expect(await Promise.all(found)).toEqual(Array(3).fill('ec2_throttled'));
    ec2.fault = undefined;
    const later = find(id, account, detached);
    await vi.advanceTimersByTimeAsync(100);
    expect(await later).toBe(nameOf(id));
  });

  test('none without the option: each look-up by itself, and no timer but the deadline', async () => {
    const { ec2, find } = scene(many(3).map((one) => ({ id: one })));
    await Promise.all(many(3).map((one) => find(one, account, taskContext())));
    expect(ec2.calls.map(({ ids }) => ids.length)).toEqual([1, 1, 1]);
  });
});

describe('roles', () => {
  const roles = [lookupRole(account), lookupRole(otherAccount)];

  test('the one of the account is assumed, and looks', async () => {
    const { ec2, find } = scene([{ id }, { id: idOf(2), owner: otherAccount }], { roles });
    expect(await find(id)).toBe(nameOf(id));
    expect(await find(idOf(2), otherAccount)).toBe(nameOf(idOf(2)));
    expect(ec2.calls.map(({ host, action, accessKeyId }) => [host, action, accessKeyId])).toEqual([
      ['sts.eu-west-1.amazonaws.com', 'AssumeRole', lookupKey.accessKeyId],
      ['ec2.eu-west-1.amazonaws.com', 'DescribeInstances', 'ASIAEXAMPLE0001'],
      ['sts.eu-west-1.amazonaws.com', 'AssumeRole', lookupKey.accessKeyId],
      ['ec2.eu-west-1.amazonaws.com', 'DescribeInstances', 'ASIAEXAMPLE0002'],
    ]);
    expect(ec2.calls.flatMap(({ form }) => form.get('RoleArn') ?? [])).toEqual(roles);
  });

  test('an account without one is asked for by the plain credentials', async () => {
    const { ec2, find } = scene([{ id }], { roles: [lookupRole(otherAccount)] });
    expect(await find(id)).toBe(nameOf(id));
    expect(ec2.actions).toEqual(['DescribeInstances']);
  });

  test('its credentials serve until five minutes before their end', async () => {
    const { ec2, find } = scene([], { roles });
    await find(id);
    ec2.pass(3299);
    await find(id);
    expect(ec2.actions).toEqual(['AssumeRole', 'DescribeInstances', 'DescribeInstances']);
    ec2.pass(1);
    await find(idOf(2));
    expect(ec2.actions.slice(3)).toEqual(['AssumeRole', 'DescribeInstances']);
    expect(ec2.calls.at(-1)?.accessKeyId).toBe('ASIAEXAMPLE0002');
  });

  test('what EC2 refuses is not used again', async () => {
    const { ec2, find } = scene([{ id }], { roles });
    await find(idOf(2));
    ec2.revokeSessions();
    expect(await find(id)).toBe('ec2_credentials_refused');
    expect(await find(id)).toBe(nameOf(id));
  });

  test('two look-ups at once assume it once', async () => {
    const { ec2, find } = scene([{ id }, { id: idOf(2) }], { roles });
    await Promise.all([find(id, account, taskContext()), find(idOf(2), account, taskContext())]);
    expect(ec2.actions.filter((action) => action === 'AssumeRole')).toHaveLength(1);
  });

  test.each<[string, () => Response, string]>([
    ['may not be assumed', () => stsError('AccessDenied'), 'ec2_credentials_refused'],
    ['meets a throttling STS', () => stsError('Throttling', 400), 'ec2_throttled'],
    ['meets a failing STS', () => stsError('InternalFailure', 500), 'ec2_failing'],
    ['gets nonsense', () => new Response('{}'), 'ec2_answer_unexpected'],
    ['gets no credentials', () => xml('<AssumeRoleResponse/>'), 'ec2_answer_unexpected'],
    ['gets a body without end', () => xml(' '.repeat(64 * 1024 + 1)), 'ec2_answer_unexpected'],
  ])('one that %s is an outage, held by nobody', async (_, answer, code) => {
    const { ec2, find } = scene([{ id }], { roles });
    ec2.fault = answer;
    expect(await find(id)).toBe(code);
    expect(ec2.actions).not.toContain('DescribeInstances');
    ec2.fault = undefined;
    expect(await find(id)).toBe(nameOf(id));
  });
});

describe('options that cannot work', () => {
  test.each<[string, Partial<PrivateDnsNamesOptions>, string]>([
    ['no region', { region: 'nowhere' }, 'region: is no AWS region'],
    ['a host for a region', { region: 'evil.example/eu-west-1' }, 'region: is no AWS region'],
    ['no key ID', { credentials: { ...lookupKey, accessKeyId: '' } }, 'credentials: are not'],
    [
      'a key ID with a line break',
      { credentials: { ...lookupKey, accessKeyId: 'AKIA\nX' } },
      'credentials: are not',
    ],
    ['no secret', { credentials: { ...lookupKey, secretAccessKey: '' } }, 'credentials: are not'],
    ['an empty session token', { credentials: { ...lookupKey, sessionToken: '' } }, 'credentials: are not'],
    ['a role that is none', { roles: ['arn:aws:iam::111122223333:user/x'] }, 'roles[0]: is not the ARN'],
    [
      'a role of another partition',
      { roles: ['arn:aws-cn:iam::111122223333:role/x'] },
      'roles[0]: is in another',
    ],
    [
      'two roles of an account',
      { roles: [lookupRole(account), lookupRole(account)] },
      'roles[1]: is the second',
    ],
  ])('%s', (_, options, message) => {
    expect(() => scene([], options)).toThrow(message);
    expect(() => scene([], options)).toThrow(/^(?!.*(?:AKIA|wJalr))/);
  });
});
