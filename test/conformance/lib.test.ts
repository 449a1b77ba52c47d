/**
 * The shared small parts: cache, joined work, bodies, deadlines, suggestions.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { abortable } from '../../src/lib/abortable.ts';
import { BodyTooLargeError, readBytes, readText } from '../../src/lib/body.ts';
import { withDeadline } from '../../src/lib/deadline.ts';
import { ExpiringCache } from '../../src/lib/expiring-cache.ts';
import { detached, Flights, type TaskContext } from '../../src/lib/flights.ts';
import { suggest } from '../../src/lib/suggest.ts';
import { expectLinear, fill } from '../support/linear.ts';

afterEach(() => {
  vi.useRealTimers();
});

function useFakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
}

describe('ExpiringCache', () => {
  /** What an entry with a key of one character weighs. */
  const one = 1026;

  /** Keys that are still held, of those given; looking makes the last of them the youngest. */
  function held(cache: ExpiringCache<unknown>, keys: string): string {
    return [...keys].filter((key) => cache.get(key, 0) !== undefined).join('');
  }

  test('holds a value until its end, and not at it', () => {
    const cache = new ExpiringCache<string>(one);
    cache.set('a', 'value', 100);
    expect(cache.get('a', 99.9)).toBe('value');
    expect(cache.get('a', 100)).toBeUndefined();
    expect(cache.get('a', 0)).toBeUndefined(); // it went, and a clock set back does not bring it back
  });

  test.each([
    ['the clock', 100, Number.NaN],
    ['the end', Number.NaN, 0],
  ])('gives nothing where %s is NaN', (_, end, now) => {
    const cache = new ExpiringCache<string>(one);
    cache.set('a', 'value', end);
    expect(cache.get('a', now)).toBeUndefined();
  });

  test('knows no key of Object.prototype', () => {
    const cache = new ExpiringCache<string>(10 * one);
    for (const key of ['__proto__', 'constructor', 'toString']) expect(cache.get(key, 0)).toBeUndefined();
  });

  test.each([
    ['0 bytes', 0],
    ['a byte too few', one - 1],
    ['NaN', Number.NaN],
    ['less than nothing', -1],
  ])('keeps nothing in %s', (_, bytes) => {
    const cache = new ExpiringCache<string>(bytes);
    cache.set('a', 'value', 100);
    expect(held(cache, 'a')).toBe('');
  });

  test('drops what was unused for longest: use is reading and writing', () => {
    const cache = new ExpiringCache<number>(3 * one);
    for (const key of 'abc') cache.set(key, 1, 100);
    cache.get('a', 0);
    cache.set('d', 1, 100);
    expect(held(cache, 'bcda')).toBe('cda');
    cache.set('c', 2, 100);
    cache.set('e', 1, 100);
    expect(held(cache, 'dace')).toBe('ace');
    expect(cache.get('c', 0)).toBe(2);
  });

  test('weighs keys: a long one drives out many', () => {
    const cache = new ExpiringCache<number>(4 * one);
    for (const key of 'abcd') cache.set(key, 1, 100);
    const long = 'x'.repeat(one);
    cache.set(long, 1, 100);
    expect([held(cache, 'abcd'), cache.get(long, 0)]).toEqual(['d', 1]);
  });

  test('what alone is too much drives out nothing', () => {
    const cache = new ExpiringCache<number>(2 * one);
    for (const key of 'ab') cache.set(key, 1, 100);
    cache.set('x'.repeat(2 * one), 1, 100);
    expect(held(cache, 'ab')).toBe('ab');
  });

  test.each<[string, (cache: ExpiringCache<number>) => void]>([
    ['written again', (cache) => cache.set('a', 2, 100)],
    ['deleted', (cache) => cache.delete('a')],
    ['deleted twice', (cache) => [cache.delete('a'), cache.delete('a')]],
    ['deleted and never there', (cache) => cache.delete('nobody')],
    ['ended', (cache) => cache.get('a', 100)],
    ['read', (cache) => cache.get('a', 0)],
  ])('keeps its account however often an entry is %s', (_, act) => {
    const cache = new ExpiringCache<number>(2 * one);
    for (let i = 0; i < 100; i++) {
      cache.set('a', 1, 100);
      act(cache);
    }
    for (const key of 'bcd') cache.set(key, 1, 100);
    expect(held(cache, 'abcd')).toBe('cd');
  });
});

describe('Flights', () => {
  const leaseMs = 1000;
  const dead = (): Promise<never> => new Promise(() => {});

  test('joins by key, and gives one result to all', async () => {
    const flights = new Flights<object>(leaseMs);
    const result = {};
    const work = vi.fn(async () => result);
    const all = [1, 2, 3].map(() => flights.join('a', work, detached));
    for (const one of all) expect(await one).toBe(result);
    expect(work).toHaveBeenCalledTimes(1);
    await flights.join('a', work, detached);
    expect(work).toHaveBeenCalledTimes(2);
  });

  test.each<[string, string, TaskContext | undefined, number]>([
    ['another key', 'b', detached, 2],
    ['a key that begins alike', 'aa', detached, 2],
    ['no context', 'a', undefined, 2],
    ['the same', 'a', detached, 1],
  ])('beside one for "a", %s', async (_, key, context, times) => {
    const flights = new Flights<string>(leaseMs);
    const work = vi.fn(async () => 'done');
    await Promise.all([flights.join('a', work, detached), flights.join(key, work, context)]);
    expect(work).toHaveBeenCalledTimes(times);
  });

  test('calls waitUntil as a method, once, with a promise that never rejects', async () => {
    const flights = new Flights<string>(leaseMs);
    const kept: Promise<unknown>[] = [];
    const context = {
      waitUntil(this: unknown, promise: Promise<unknown>) {
        expect(this).toBe(context);
        kept.push(promise);
      },
    };
    const fail = () => Promise.reject(new Error('boom'));
    const all = [1, 2].map(() => flights.join('a', fail, context));
    for (const one of await Promise.allSettled(all)) expect(one.status).toBe('rejected');
    expect(kept).toHaveLength(1);
    await expect(kept[0]).resolves.toBeUndefined();
  });

  test.each<[string, () => Promise<string>]>([
    ['that rejects', () => Promise.reject(new Error('boom'))],
    [
      'that throws at once',
      () => {
        throw new Error('boom');
      },
    ],
  ])('work %s poisons no later call', async (_, fail) => {
    const flights = new Flights<string>(leaseMs);
    await expect(flights.join('a', fail, detached)).rejects.toThrow('boom');
    expect(await flights.join('a', async () => 'done', detached)).toBe('done');
  });

  test('a follower waits for its lease and not longer, then leads', async () => {
    useFakeTimers();
    const flights = new Flights<string>(leaseMs);
    flights.join('a', dead, detached);
    const work = vi.fn(async () => 'done');
    const follower = flights.join('a', work, detached);
    await vi.advanceTimersByTimeAsync(leaseMs - 1);
    expect(work).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await follower).toBe('done');
    expect(await flights.join('a', work, detached)).toBe('done');
    expect(work).toHaveBeenCalledTimes(2);
  });

  test('who has outwaited two leaders waits for no third', async () => {
    useFakeTimers();
    const flights = new Flights<string>(leaseMs);
    const lead = vi.fn(dead);
    flights.join('a', lead, detached);
    flights.join('a', lead, detached); // the second leader, once the first is late
    const crowd = () => {
      flights.join('a', lead, detached); // somebody new comes just as the second is given up
      return dead();
    };
    flights.join('a', crowd, detached);
    const patient = flights.join('a', async () => 'done', detached);
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(lead).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(lead).toHaveBeenCalledTimes(3);
    expect(await patient).toBe('done');
  });

  test('a leader that comes back late ends only its own flight', async () => {
    useFakeTimers();
    const flights = new Flights<string>(leaseMs);
    let comeBack = (_: string) => {};
    const late = new Promise<string>((resolve) => {
      comeBack = resolve;
    });
    const leader = flights.join('a', () => late, detached);
    let land = (_: string) => {};
    const next = vi.fn(
      () =>
        new Promise<string>((resolve) => {
          land = resolve;
        }),
    );
    const successor = flights.join('a', next, detached);
    await vi.advanceTimersByTimeAsync(leaseMs);
    comeBack('late');
    expect(await leader).toBe('late');
    const third = flights.join('a', next, detached);
    land('new');
    expect([await successor, await third, next.mock.calls.length]).toEqual(['new', 'new', 1]);
  });

  test('leaves no timer behind', async () => {
    useFakeTimers();
    const flights = new Flights<string>(leaseMs);
    await Promise.all([1, 2, 3].map(() => flights.join('a', async () => 'done', detached)));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('readText and readBytes', () => {
  const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

  function streamOf(...chunks: Uint8Array<ArrayBuffer>[]): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    });
  }

  test.each<[string, ReadableStream<Uint8Array<ArrayBuffer>> | null, string]>([
    ['no body', null, ''],
    ['an empty body', streamOf(), ''],
    ['a body of empty chunks', streamOf(bytes(''), bytes('')), ''],
    ['chunks', streamOf(bytes('ab'), bytes('cd')), 'abcd'],
    ['exactly the limit', streamOf(bytes('12345'), bytes('67890')), '1234567890'],
    ['a character that two chunks share', streamOf(bytes('é').slice(0, 1), bytes('é').slice(1)), 'é'],
    ['a character cut off', streamOf(bytes('é').slice(0, 1)), '\ufffd'],
    ['a byte order mark', streamOf(bytes('\ufeff{}')), '{}'],
  ])('reads %s', async (_, body, text) => {
    expect(await readText(body, 10)).toBe(text);
  });

  test.each<[string, Uint8Array<ArrayBuffer>[], string]>([
    ['nothing', [], ''],
    ['chunks', [bytes('ab'), bytes(''), bytes('cdé')], 'abcdé'],
    ['exactly the limit', [bytes('12345'), bytes('67890')], '1234567890'],
  ])('reads the bytes of %s', async (_, chunks, text) => {
    expect(await readBytes(streamOf(...chunks), 10)).toEqual(bytes(text));
  });

  test('of bytes too there may not be one too many', async () => {
    await expect(readBytes(streamOf(bytes('12345'), bytes('678901')), 10)).rejects.toThrow(BodyTooLargeError);
  });

  test.each<[string, ReadableStream<Uint8Array<ArrayBuffer>>]>([
    ['in one chunk', streamOf(bytes('12345678901'))],
    ['in many', streamOf(bytes('12345'), bytes('67890'), bytes('1'))],
    ['of bytes, not characters', streamOf(bytes('éééééé'))],
  ])('stops at one too many: %s', async (_, body) => {
    await expect(readText(body, 10)).rejects.toThrow(BodyTooLargeError);
  });

  test('cancels what it does not read', async () => {
    const cancel = vi.fn();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes('12345')),
      cancel,
    });
    await expect(readText(body, 10)).rejects.toThrow(BodyTooLargeError);
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  test('a failure of the body stays what it was', async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('cut')) });
    await expect(readText(body, 10)).rejects.toThrow('cut');
  });
});

describe('withDeadline', () => {
  const error = () => new RangeError('too late');

  test('settles as the work does, and leaves no timer', async () => {
    useFakeTimers();
    expect(await withDeadline(Promise.resolve(7), 1000, error)).toBe(7);
    await expect(withDeadline(Promise.reject(new TypeError('broken')), 1000, error)).rejects.toThrow(
      'broken',
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  test('rejects at the deadline, and not before', async () => {
    useFakeTimers();
    const make = vi.fn(error);
    const outcome = vi.fn();
    withDeadline(new Promise(() => {}), 1000, make).catch(outcome);
    await vi.advanceTimersByTimeAsync(999);
    expect(make).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toHaveBeenCalledExactlyOnceWith(new RangeError('too late'));
  });

  test('work that fails after it is nobody’s unhandled rejection', async () => {
    useFakeTimers();
    const outcome = vi.fn();
    const work = new Promise((_, reject) => {
      setTimeout(() => reject(new Error('later')), 2000);
    });
    withDeadline(work, 1000, error).catch(outcome);
    await vi.advanceTimersByTimeAsync(3000);
    expect(outcome).toHaveBeenCalledExactlyOnceWith(new RangeError('too late'));
  });
});

describe('abortable', () => {
  const reason = new RangeError('enough');

  test.each([null, undefined, new AbortController().signal])(
    'settles as the work does: %s',
    async (signal) => {
      expect(await abortable(Promise.resolve(7), signal)).toBe(7);
      await expect(abortable(Promise.reject(new TypeError('broken')), signal)).rejects.toThrow('broken');
    },
  );

  test('rejects with the reason, before the work or in the middle of it', async () => {
    const never = new Promise(() => {});
    await expect(abortable(never, AbortSignal.abort(reason))).rejects.toBe(reason);
    const stop = new AbortController();
    const work = abortable(never, stop.signal);
    stop.abort(reason);
    await expect(work).rejects.toBe(reason);
  });

  test('listens no longer than the work takes', async () => {
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    vi.spyOn(signal, 'addEventListener').mockImplementation((_, listener) => void listeners.add(listener));
    vi.spyOn(signal, 'removeEventListener').mockImplementation(
      (_, listener) => void listeners.delete(listener),
    );
    const work = abortable(Promise.resolve(), signal);
    expect(listeners.size).toBe(1);
    await work;
    expect(listeners.size).toBe(0);
  });
});

describe('suggest', () => {
  const known = ['audience', 'regions', 'globalEndpoint', 'hosts'];

  test.each<[string, string | undefined]>([
    ['audience', 'audience'],
    ['audiance', 'audience'],
    ['audienec', 'audience'],
    ['adience', 'audience'],
    ['auddience', 'audience'],
    ['AUDIENCE', 'audience'],
    ['globalendpoint', 'globalEndpoint'],
    ['region', 'regions'],
    ['rgeoins', 'regions'],
    ['host', 'hosts'],
    ['rule', undefined],
    ['audi', undefined],
    ['', undefined],
    ['__proto__', undefined],
  ])('%s: %s', (word, nearest) => {
    expect(suggest(word, known)).toBe(nearest);
  });

  test('takes the nearest, and of two the first', () => {
    expect(suggest('roles', ['rules', 'roles'])).toBe('roles');
    expect(suggest('roler', ['roles', 'rolex'])).toBe('roles');
    expect(suggest('role', [])).toBeUndefined();
  });

  test('takes linear time for a long word', async () => {
    await expectLinear((size) => expect(suggest(fill('a', size), known)).toBeUndefined());
  });
});
