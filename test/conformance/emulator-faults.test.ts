/**
 * What goes wrong at the STS emulator when it is told to.
 */
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/emulator/faults.ts';
import { ask, asking, emulator, errorOf, identityOf, signBySmithy } from '../support/emulator-setup.ts';

describe('faults', () => {
  async function spoiled(fault: Fault, init: RequestInit = {}): Promise<Response> {
    const sts = emulator();
    sts.setFault(fault);
    return sts.fetch(await signBySmithy(), { headers: asking, ...init });
  }

  test.each([
    [{ type: 'throttle' }, [400, 'Throttling', 'Rate exceeded']],
    [{ type: 'throttle', code: 'RequestLimitExceeded' }, [400, 'RequestLimitExceeded', 'Rate exceeded']],
    [{ type: 'throttle', status: 429 }, [429, 'Throttling', 'Rate exceeded']],
    [{ type: 'fail', status: 503 }, [503, 'ServiceUnavailable', 'Service is unavailable']],
    [
      { type: 'fail', status: 403, code: 'RegionDisabledException', message: 'm' },
      [403, 'RegionDisabledException', 'm'],
    ],
  ] satisfies [Fault, unknown][])('%o', async (fault, expected) => {
    expect(await errorOf(await spoiled(fault))).toEqual(expected);
  });

  test('fails as STS with 500, and as an intermediary with 530', async () => {
    const own = await spoiled({ type: 'fail', status: 500 });
    expect(await own.json()).toMatchObject({ Error: { Code: 'InternalFailure', Type: 'Receiver' } });
    const foreign = await spoiled({ type: 'fail', status: 530 });
    expect([foreign.status, await foreign.text()]).toEqual([530, 'error code: 530']);
  });

  test('redirects', async () => {
    const response = await spoiled({ type: 'redirect', location: 'https://evil.example/' });
    expect([response.status, response.headers.get('location')]).toEqual([302, 'https://evil.example/']);
  });

  test('resets the connection', async () => {
    await expect(spoiled({ type: 'reset' })).rejects.toThrow(TypeError);
  });

  test('stalls until the signal aborts', async () => {
    const sts = emulator();
    sts.setFault({ type: 'stall' });
    const gone = new AbortController();
    const answer = sts.fetch(await signBySmithy(), { headers: asking, signal: gone.signal });
    expect(sts.pending).toBe(1);
    gone.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(sts.pending).toBe(0);
    await expect(sts.fetch(await signBySmithy(), { signal: gone.signal })).rejects.toThrow('enough');
  });

  test('stalls in the middle of the body', async () => {
    const gone = new AbortController();
    const response = await spoiled({ type: 'stall-body' }, { signal: gone.signal });
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    const first = await reader.read();
    expect(new TextDecoder().decode(first.value)).toMatch(/^\{"GetCallerIdentityResponse"/);
    const rest = reader.read();
    gone.abort(new Error('enough'));
    await expect(rest).rejects.toThrow('enough');
  });

  test('delays, and can be called off', async () => {
    const before = performance.now();
    await identityOf(await spoiled({ type: 'delay', ms: 50 }));
    expect(performance.now() - before).toBeGreaterThan(40);
    const signal = AbortSignal.timeout(20);
    await expect(spoiled({ type: 'delay', ms: 60_000 }, { signal })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  test('cuts the body', async () => {
    const response = await spoiled({ type: 'cut' });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  test('pads the true answer', async () => {
    const text = await (await spoiled({ type: 'oversize', mib: 2 })).text();
    expect(text.length).toBeGreaterThan(2 * 1024 * 1024);
    expect(JSON.parse(text)).toHaveProperty('GetCallerIdentityResponse');
  });

  test('makes a gzip bomb', async () => {
    const response = await spoiled({ type: 'gzip-bomb', mib: 2 });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    const packed = await response.arrayBuffer();
    expect(packed.byteLength).toBeLessThan(20_000);
    const body = new Response(packed).body!.pipeThrough(new DecompressionStream('gzip'));
    expect(JSON.parse(await new Response(body).text())).toHaveProperty('GetCallerIdentityResponse');
  });

  test.each([
    ['html', 'text/html', /^<!doctype html>/],
    ['other-json', 'application/json', /^\{.*\}$/],
    ['mistyped', 'application/json', /"Account":111122223333/],
    ['broken-json', 'application/json', /"1111$/],
    ['empty', 'application/json', /^$/],
    ['wrong-content-type', 'text/plain', /user\/people\/alice/],
  ] as const)('talks nonsense: %s', async (shape, contentType, body) => {
    const response = await spoiled({ type: 'nonsense', shape });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, contentType]);
    expect(await response.text()).toMatch(body);
  });

  test('lasts for as many requests as told, or until cleared', async () => {
    const sts = emulator();
    const url = await signBySmithy();
    const statuses = async () => [
      (await ask(sts, url)).status,
      (await ask(sts, url)).status,
      (await ask(sts, url)).status,
    ];
    sts.setFault({ type: 'fail', status: 500, times: 2 });
    expect(await statuses()).toEqual([500, 500, 200]);
    sts.setFault({ type: 'fail', status: 500 });
    expect(await statuses()).toEqual([500, 500, 500]);
    sts.setFault(undefined);
    expect(await statuses()).toEqual([200, 200, 200]);
  });
});
