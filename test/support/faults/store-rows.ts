/**
 * What a store can give in place of a policy, or of a part of one.
 */
import { StoreError } from '../../../src/errors/classes.ts';
import type { StoreAnswering } from './world.ts';

export interface StoreFault {
  readonly name: string;
  readonly answering: StoreAnswering;
  /** What is said where no good version is held. */
  readonly code: 'policy_missing' | 'policy_unavailable';
  /** Until a read is given up, in milliseconds. Default: at once. */
  readonly takesMs?: number;
}

const deadlineMs = 3000;
const never = new Promise<never>(() => {});
const code = 'policy_unavailable';

/** What is there, changed. */
const changed = (change: (text: string) => unknown): StoreAnswering => {
  return async (_, read) => change((await read()) ?? '');
};

/** Of any value. */
const unreadable: readonly StoreFault[] = [
  { name: 'rejects', answering: () => Promise.reject(new StoreError('store_unavailable', 'x')), code },
  { name: 'rejects with what is no error', answering: () => Promise.reject('no'), code },
  {
    name: 'throws at once',
    answering: () => {
      throw new TypeError('Illegal invocation');
    },
    code,
  },
  { name: 'never settles', answering: () => never, code, takesMs: deadlineMs },
  {
    name: 'is slow beyond its deadline',
    async answering(_, read) {
      await new Promise((resolve) => setTimeout(resolve, deadlineMs + 100));
      return read();
    },
    code,
    takesMs: deadlineMs,
  },
  { name: 'gives an empty text', answering: async () => '', code },
  { name: 'gives the first half', answering: changed((text) => text.slice(0, text.length >> 1)), code },
  { name: 'gives the second half', answering: changed((text) => text.slice(text.length >> 1)), code },
  { name: 'gives a page', answering: async () => '<html>', code },
  { name: 'gives null as JSON', answering: async () => 'null', code },
  { name: 'gives an empty list', answering: async () => '[]', code },
  { name: 'gives an empty object', answering: async () => '{}', code },
  { name: 'gives a number', answering: async () => 7, code },
  { name: 'gives null', answering: async () => null, code },
  { name: 'gives an object', answering: changed((text) => JSON.parse(text)), code },
  { name: 'gives the text twice', answering: changed((text) => text + text), code },
  { name: 'gives a mebibyte', answering: async () => ' '.repeat(1024 * 1024), code },
];

/** Of what is at the key of a policy. */
export const pointerFaults: readonly StoreFault[] = [
  ...unreadable,
  { name: 'has nothing', answering: async () => undefined, code: 'policy_missing' },
  {
    name: 'gives a format to come',
    answering: changed((text) => text.replace('"format":2', '"format":9')),
    code,
  },
  {
    name: 'gives no version',
    answering: changed((text) => text.replace(/"version":\d+/, '"version":0')),
    code,
  },
  { name: 'gives a rule that is none', answering: changed((text) => text.replace('"role"', '"rule"')), code },
  {
    name: 'attack: gives a reserved name that the rule does not declare',
    answering: changed((text) => text.replace('"bob"', '"system:masters"')),
    code,
  },
];

/** Of a part, which is named by its hash. */
export const partFaults: readonly StoreFault[] = [
  ...unreadable,
  { name: 'has nothing', answering: async () => undefined, code },
  {
    name: 'attack: gives more groups than the hash says',
    answering: changed((text) => text.replace('"system:masters"', '"system:masters","more"')),
    code,
  },
  { name: 'attack: gives an account rule', answering: async () => '{"policy":{"rules":[]}}', code },
];
