/**
 * What can come of a call to STS: by its status, by the body, by time.
 */
import { type StsFault, stsStatuses } from './sts-statuses.ts';
import type { StsAnswering } from './world.ts';

const json = { 'content-type': 'application/json' };
const limit = 64 * 1024;
const deadlineMs = 5000;
/** By the fake timers, if they are. */
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const never = new Promise<never>(() => {});

const blank = () => new Uint8Array(8 * 1024).fill(0x20);
const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(blank()) });

/** What a runtime hands out of a small packed body that unpacks to 4 MiB. */
const bomb = () => {
  let left = 512;
  const source = new ReadableStream({
    pull: (controller) => (left-- > 0 ? controller.enqueue(blank()) : controller.close()),
  });
  return source.pipeThrough(new CompressionStream('gzip')).pipeThrough(new DecompressionStream('gzip'));
};

/** Half of the true answer, then this. */
const half = (end: (controller: ReadableStreamDefaultController) => unknown): StsAnswering => {
  return async (truth) => {
    const bytes = new Uint8Array(await (await truth()).arrayBuffer());
    let isSent = false;
    const body = new ReadableStream({
      async pull(controller) {
        if (isSent) await end(controller);
        else controller.enqueue(bytes.slice(0, bytes.length >> 1));
        isSent = true;
      },
    });
    return new Response(body, { headers: json });
  };
};

const byBody: readonly StsFault[] = [
  {
    name: 'cut in the body',
    answering: half((controller) => controller.error(new TypeError('terminated'))),
    code: 'sts_unreachable',
  },
  {
    name: 'ended in the body',
    answering: half((controller) => controller.close()),
    code: 'sts_answer_unexpected',
  },
  {
    name: 'too long, and says so',
    answering: () => new Response(endless(), { headers: { ...json, 'content-length': `${limit + 1}` } }),
    code: 'sts_answer_unexpected',
  },
  {
    name: 'too long, and does not say so',
    answering: () => new Response(endless(), { headers: json }),
    code: 'sts_answer_unexpected',
  },
  {
    name: 'too long, and refuses',
    answering: () => new Response(endless(), { status: 403, headers: json }),
    code: 'sts_answer_unexpected',
  },
  {
    name: 'a gzip bomb',
    answering: () =>
      new Response(bomb(), { headers: { ...json, 'content-encoding': 'gzip', 'content-length': '4096' } }),
    code: 'sts_answer_unexpected',
  },
  {
    name: 'a gzip bomb without an end',
    answering: () =>
      new Response(endless(), { headers: { ...json, 'content-encoding': 'gzip', 'content-length': '99' } }),
    code: 'sts_answer_unexpected',
  },
  { name: 'no body', answering: () => new Response(null, { headers: json }), code: 'sts_answer_unexpected' },
];

const byFetch: readonly StsFault[] = [
  {
    name: 'no connection',
    answering: () => Promise.reject(new TypeError('fetch failed')),
    code: 'sts_unreachable',
  },
  { name: 'a rejection with nothing', answering: () => Promise.reject(undefined), code: 'sts_unreachable' },
  {
    name: 'a fetch that throws',
    answering: () => {
      throw new Error('no such host');
    },
    code: 'sts_unreachable',
  },
  { name: 'nothing for an answer', answering: () => undefined, code: 'sts_unreachable' },
];

const byTime: readonly StsFault[] = [
  {
    name: 'slow, within the deadline',
    answering: async (truth) => {
      await after(deadlineMs - 100);
      return truth();
    },
    code: undefined,
    takesMs: deadlineMs - 100,
  },
  {
    name: 'slow, beyond the deadline',
    answering: async (truth) => {
      await after(deadlineMs + 100);
      return truth();
    },
    code: 'sts_timeout',
    takesMs: deadlineMs,
  },
  { name: 'silent', answering: () => never, code: 'sts_timeout', takesMs: deadlineMs },
  { name: 'silent in the body', answering: half(() => never), code: 'sts_timeout', takesMs: deadlineMs },
  {
    name: 'silent until it is aborted',
    answering: (_, { signal }) =>
      new Promise((__, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    code: 'sts_timeout',
    takesMs: deadlineMs,
  },
];

export const stsFaults: readonly StsFault[] = [...stsStatuses, ...byBody, ...byFetch, ...byTime];
