/**
 * The one call to STS: what is sent, when it ends, what is tried again.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import type { Fault } from '../../src/emulator/faults.ts';
import type { StsAnswer } from '../../src/sts/answer.ts';
import { callSts, type StsCallOptions } from '../../src/sts/call.ts';
import { createEndpointResolver } from '../../src/sts/endpoints.ts';
import { parseToken } from '../../src/token/parse.ts';
import type { PresignedRequest } from '../../src/token/presigned.ts';
import { signToken } from '../../src/token/sign.ts';

const audience = 'https://orders.example.com';
const now = Date.UTC(2026, 10, 24, 12, 0, 0);
const account = '111122223333';
const key = {
  accessKeyId: 'ASIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2lu//se+ssion==',
};
const listedHost = 'sts.eu-west-1.amazonaws.com';
/** Of a region's shape, and of no region that is known. */
const unlistedHost = 'sts.eu-west-9.amazonaws.com';
const hosts = [
  ['listed', listedHost],
  ['unlisted', unlistedHost],
] as const;

const body = JSON.stringify({
  GetCallerIdentityResponse: {
    GetCallerIdentityResult: { Account: account, Arn: `arn:aws:iam::${account}:root`, UserId: account },
  },
});
const headers = { 'content-type': 'application/json' };

async function requestFor(host = listedHost): Promise<PresignedRequest> {
  const region = host.split('.')[1] as string;
  const { token } = await signToken(key, { audience, endpoint: { host, region }, now });
  const parsed = parseToken(token, { endpoints: createEndpointResolver(), now });
  if (!parsed.ok) throw new Error(parsed.code);
  expect(parsed.endpoint.listed).toBe(host === listedHost);
  return parsed;
}

function emulator(fault?: Fault): StsEmulator {
  const sts = createStsEmulator({
    principals: [{ type: 'assumed-role', account, roleName: 'Admin', sessionName: 'alice', ...key }],
    clock: () => now,
  });
  sts.setFault(fault);
  return sts;
}

async function call(
  fetch: unknown,
  changes: Partial<StsCallOptions> & { host?: string } = {},
): Promise<StsAnswer> {
  const { host, ...options } = changes;
  const request = await requestFor(host);
  return callSts(request, {
    audience,
    fetch: fetch as typeof globalThis.fetch,
    deadlineMs: 5000,
    retry: true,
    ...options,
  });
}

/** `identity`, `refused`, `throttled`, or the code of no verdict. */
function meaning(answer: StsAnswer): string {
  return answer.kind === 'no-verdict' ? answer.code : answer.kind;
}

/** Answers the calls with one step each, in turn; counts them. */
function script(...steps: (() => unknown)[]) {
  return vi.fn(async () => {
    const step = steps.shift();
    if (step === undefined) throw new Error('one call too many');
    return step() as Response;
  });
}

const good = () => new Response(body, { headers });
const status = (code: number) => () => new Response('x', { status: code });
const broken = () => Promise.reject(new TypeError('fetch failed'));
const stalled = () => new Promise<never>(() => {});

/** What the platform's fetch does once its signal aborts. */
function untilAborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
}

afterEach(() => {
  vi.useRealTimers();
});

describe('what is sent', () => {
  test('is the rebuilt URL with two headers, and nothing else', async () => {
    const request = await requestFor();
    const fetch = vi.fn(async (_url: unknown, _init?: RequestInit) => good());
    await callSts(request, {
      audience,
      fetch: fetch as typeof globalThis.fetch,
      deadlineMs: 5000,
      retry: true,
    });
    expect(fetch.mock.calls).toEqual([
      [
        `https://${listedHost}/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256` +
          '&X-Amz-Credential=ASIDEXAMPLE%2F20261124%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Date=20261124T120000Z' +
          '&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id' +
          `&X-Amz-Security-Token=IQoJb3JpZ2lu%2F%2Fse%2Bssion%3D%3D&X-Amz-Signature=${request.signature}`,
        {
          headers: { accept: 'application/json', 'x-k8s-aws-id': audience },
          redirect: 'manual',
          cache: 'no-store',
          signal: expect.any(AbortSignal),
        },
      ],
    ]);
  });

  test('is the same the second time', async () => {
    const fetch = script(status(500), good);
    expect(meaning(await call(fetch))).toBe('identity');
    const [first, second] = fetch.mock.calls as unknown as [string, RequestInit][];
    expect(second).toEqual(first);
  });

  test('carries the audience of the configuration: a token signed for another one does not match', async () => {
    const sts = emulator();
    expect(meaning(await call(sts.fetch))).toBe('identity');
    expect(await call(sts.fetch, { audience: 'https://billing.example.com' })).toMatchObject({
      kind: 'refused',
      refusal: { code: 'sts_signature_mismatch' },
    });
  });

  test('goes out by a plain function, as Workers refuse fetch as a method', async () => {
    let self: unknown = 'not called';
    await call(function (this: unknown) {
      self = this;
      return good();
    });
    expect(self).toBeUndefined();
  });
});

describe('answers', () => {
  test('an identity, with its request ID', async () => {
    expect(await call(emulator().fetch)).toEqual({
      kind: 'identity',
      caller: {
        account,
        arn: `arn:aws:sts::${account}:assumed-role/Admin/alice`,
        userId: expect.stringMatching(/^AROA[A-Z2-7]{17}:alice$/),
      },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  // [fault, meaning, calls at a listed host]; at an unlisted one there is always one call
  const rows: readonly (readonly [Fault, string, number])[] = [
    [{ type: 'reset' }, 'sts_unreachable', 2],
    [{ type: 'cut' }, 'sts_unreachable', 2],
    [{ type: 'fail', status: 500 }, 'sts_failing', 2],
    [{ type: 'fail', status: 503 }, 'sts_failing', 2],
    [{ type: 'fail', status: 502 }, 'sts_failing', 2],
    [{ type: 'fail', status: 530 }, 'sts_failing', 2],
    [{ type: 'fail', status: 500, code: 'AccessDenied' }, 'sts_failing', 2],
    [{ type: 'throttle' }, 'throttled', 1],
    [{ type: 'throttle', code: 'RequestLimitExceeded' }, 'throttled', 1],
    [{ type: 'throttle', status: 429 }, 'throttled', 1],
    [{ type: 'fail', status: 429 }, 'throttled', 1],
    [{ type: 'fail', status: 403, code: 'AccessDenied' }, 'refused', 1],
    [{ type: 'fail', status: 403, code: 'InvalidClientTokenId' }, 'refused', 1],
    [{ type: 'fail', status: 400, code: 'SomethingNew' }, 'sts_answer_unexpected', 1],
    [{ type: 'fail', status: 404 }, 'sts_answer_unexpected', 1],
    [{ type: 'fail', status: 200, code: 'AccessDenied' }, 'sts_answer_unexpected', 1],
    [{ type: 'redirect', location: 'https://evil.example/' }, 'sts_answer_unexpected', 1],
    [{ type: 'redirect', location: `https://${listedHost}/`, status: 307 }, 'sts_answer_unexpected', 1],
    [{ type: 'oversize', mib: 1 }, 'sts_answer_unexpected', 1],
    [{ type: 'nonsense', shape: 'html' }, 'sts_answer_unexpected', 1],
    [{ type: 'nonsense', shape: 'other-json' }, 'sts_answer_unexpected', 1],
    [{ type: 'nonsense', shape: 'mistyped' }, 'sts_answer_unexpected', 1],
    [{ type: 'nonsense', shape: 'broken-json' }, 'sts_answer_unexpected', 1],
    [{ type: 'nonsense', shape: 'empty' }, 'sts_answer_unexpected', 1],
    [{ type: 'nonsense', shape: 'wrong-content-type' }, 'sts_answer_unexpected', 1],
  ];

  for (const [kind, host] of hosts) {
    test.each(rows)(`%o at a ${kind} host: %s`, async (fault, expected, calls) => {
      const sts = emulator(fault);
      expect(meaning(await call(sts.fetch, { host }))).toBe(expected);
      expect(sts.calls.map((one) => one.host)).toEqual(Array(kind === 'listed' ? calls : 1).fill(host));
      expect(sts.pending).toBe(0);
    });
  }
});

describe('one retry, for a listed host', () => {
  test.each<[string, Fault]>([
    ['after a connection failure', { type: 'reset', times: 1 }],
    ['after a body that broke off', { type: 'cut', times: 1 }],
    ['after a server error', { type: 'fail', status: 500, times: 1 }],
  ])('%s', async (_, fault) => {
    const sts = emulator(fault);
    expect(meaning(await call(sts.fetch))).toBe('identity');
    expect(sts.calls).toHaveLength(2);
  });

  test.each<[string, () => unknown, () => unknown, string]>([
    ['the last failure counts', broken, status(503), 'sts_failing'],
    ['throttled the second time', status(500), status(429), 'throttled'],
    ['nonsense the second time', status(500), status(200), 'sts_answer_unexpected'],
  ])('%s', async (_, first, second, expected) => {
    const fetch = script(first, second, good);
    expect(meaning(await call(fetch))).toBe(expected);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test('none for an unlisted host, whose failures are its caller’s own', async () => {
    const fetch = script(broken, good);
    expect(meaning(await call(fetch, { host: unlistedHost }))).toBe('sts_unreachable');
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});

describe('the deadline', () => {
  const deadlineMs = 1000;

  /** Starts a call in fake time; says what it gave, or `pending`. */
  async function begin(fetch: unknown, host = listedHost): Promise<() => string> {
    const request = await requestFor(host);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let outcome = 'pending';
    callSts(request, { audience, fetch: fetch as typeof globalThis.fetch, deadlineMs, retry: true }).then(
      (answer) => {
        outcome = meaning(answer);
      },
    );
    return () => outcome;
  }

  const late = (ms: number, step: () => unknown) => () =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    }).then(step);

  test.each<[string, (() => unknown)[]]>([
    ['a fetch that hears no signal', [stalled]],
    ['an answer after it', [late(1001, good)]],
    ['a failure late in it, then a stall', [late(900, status(500)), stalled]],
    ['a failure late in it, then an answer after it', [late(900, broken), late(101, good)]],
    ['a body that never ends', [() => new Response(new ReadableStream(), { headers })]],
  ])('is total: %s', async (_, steps) => {
    const fetch = script(...steps);
    const outcome = await begin(fetch);
    await vi.advanceTimersByTimeAsync(deadlineMs - 1);
    expect(outcome()).toBe('pending');
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome()).toBe('sts_timeout');
    expect(fetch).toHaveBeenCalledTimes(steps.length);
  });

  test.each(hosts)('ends a stalled fetch and tries no more, %s host', async (_, host) => {
    const fetch = vi.fn((_url: string, init: RequestInit) => untilAborted(init.signal));
    const outcome = await begin(fetch, host);
    await vi.advanceTimersByTimeAsync(deadlineMs);
    expect(outcome()).toBe('sts_timeout');
    await vi.advanceTimersByTimeAsync(10 * deadlineMs);
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(fetch.mock.calls[0]?.[1].signal?.aborted).toBe(true);
  });

  test('an answer just before it is good, and its timer is gone', async () => {
    const outcome = await begin(script(late(500, broken), late(499, good)));
    await vi.advanceTimersByTimeAsync(deadlineMs - 1);
    expect(outcome()).toBe('identity');
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each<[string, Fault]>([
    ['no answer', { type: 'stall' }],
    ['half a body', { type: 'stall-body' }],
    ['too late an answer', { type: 'delay', ms: 60_000 }],
  ])('at STS: %s', async (_, fault) => {
    const sts = emulator(fault);
    expect(meaning(await call(sts.fetch, { deadlineMs: 60 }))).toBe('sts_timeout');
    await vi.waitFor(() => expect(sts.pending).toBe(0)); // it heard the signal
    expect(sts.calls).toHaveLength(1);
  });

  test('a slow answer inside it is good', async () => {
    expect(meaning(await call(emulator({ type: 'delay', ms: 20 }).fetch))).toBe('identity');
  });
});

describe('the limit of 64 KiB', () => {
  const limit = 64 * 1024;
  const pad = (size: number) => ' '.repeat(size - body.length) + body;

  test('holds to the byte', async () => {
    expect(meaning(await call(script(() => new Response(pad(limit), { headers }))))).toBe('identity');
    expect(meaning(await call(script(() => new Response(pad(limit + 1), { headers }))))).toBe(
      'sts_answer_unexpected',
    );
  });

  test('counts what comes, whatever content-length says', async () => {
    const lying = { ...headers, 'content-length': '10', 'content-encoding': 'gzip' };
    const fetch = script(() => new Response(pad(limit + 1), { headers: lying }));
    expect(meaning(await call(fetch))).toBe('sts_answer_unexpected');
  });

  test('attack: a length beyond it is not read, and the connection is let go of', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true;
      },
    });
    const told = { ...headers, 'content-length': String(limit + 1) };
    expect(meaning(await call(script(() => new Response(body, { headers: told }))))).toBe(
      'sts_answer_unexpected',
    );
    expect(cancelled).toBe(true);
  });

  test('stops reading there, and cancels: an endless body ends', async () => {
    const chunk = new Uint8Array(8 * 1024).fill(0x20);
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(chunk.slice());
      },
      cancel: () => {
        cancelled = true;
      },
    });
    expect(meaning(await call(script(() => new Response(endless, { headers }))))).toBe(
      'sts_answer_unexpected',
    );
    expect(cancelled).toBe(true);
    // 9 chunks are one too many; a runtime may have a few more in its buffers
    expect(pulled).toBeGreaterThanOrEqual(9);
    expect(pulled).toBeLessThanOrEqual(12);
  });

  test('holds for errors too', async () => {
    const refusal = '{"Error":{"Code":"AccessDenied"}}';
    const fetch = script(() => new Response(' '.repeat(limit) + refusal, { status: 403, headers }));
    expect(meaning(await call(fetch))).toBe('sts_answer_unexpected');
  });

  test('a cancel that fails is nobody’s worry', async () => {
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(limit + 1)),
      cancel: () => Promise.reject(new Error('cannot cancel')),
    });
    expect(meaning(await call(script(() => new Response(stream, { headers }))))).toBe(
      'sts_answer_unexpected',
    );
  });
});

describe('never throws, whatever fetch does', () => {
  const spent = good();
  const locked = good();
  locked.body?.getReader();
  const failure = (make: () => unknown) => vi.fn(make);

  test.each<[string, () => unknown, string]>([
    [
      'throws at once',
      () => {
        throw new TypeError('Illegal invocation');
      },
      'sts_unreachable',
    ],
    [
      'throws text at once',
      () => {
        throw 'text';
      },
      'sts_unreachable',
    ],
    ['rejects', broken, 'sts_unreachable'],
    ['rejects with nothing', () => Promise.reject(), 'sts_unreachable'],
    ['rejects with null', () => Promise.reject(null), 'sts_unreachable'],
    ['rejects with text', () => Promise.reject('reason'), 'sts_unreachable'],
    [
      'rejects with an object without a prototype',
      () => Promise.reject(Object.create(null)),
      'sts_unreachable',
    ],
    ['gives nothing', () => undefined, 'sts_unreachable'],
    ['gives null', async () => null, 'sts_unreachable'],
    ['gives an object', async () => ({}), 'sts_unreachable'],
    ['gives a Response without a body', async () => new Response(null, { headers }), 'sts_answer_unexpected'],
    [
      'gives a Response that was read',
      () =>
        spent.text().then(
          () => spent,
          () => spent,
        ),
      'sts_unreachable',
    ],
    ['gives a Response that is being read', async () => locked, 'sts_unreachable'],
    ['gives a network error', async () => Response.error(), 'sts_answer_unexpected'],
    [
      'gives a body that fails at once',
      async () => new Response(new ReadableStream({ start: (c) => c.error('text') }), { headers }),
      'sts_unreachable',
    ],
  ])('%s', async (_, act, expected) => {
    expect(meaning(await call(failure(act)))).toBe(expected);
  });

  test('is no function', async () => {
    expect(meaning(await call(undefined))).toBe('sts_unreachable');
  });

  test('bytes that are no UTF-8 are read as no name', async () => {
    const bytes = new TextEncoder().encode(body);
    bytes[body.indexOf('root') + 1] = 0xff;
    const answer = await call(script(() => new Response(bytes, { headers })));
    expect(answer).toMatchObject({ kind: 'identity', caller: { arn: `arn:aws:iam::${account}:r\ufffdot` } });
  });
});
