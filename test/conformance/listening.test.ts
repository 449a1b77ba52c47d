/**
 * Where a process listens, and what it says of that.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { authorityOf, metricsAddressOf, warnOfOpenMetrics } from '../../src/runtime/listening.ts';

afterEach(() => void vi.restoreAllMocks());

// [host, port, in a URL]
test.each([
  ['127.0.0.1', 8443, '127.0.0.1:8443'],
  ['localhost', 80, 'localhost:80'],
  ['::1', 8443, '[::1]:8443'],
])('%s, port %i', (host, port, expected) => {
  expect(authorityOf({ host, port })).toBe(expected);
});

// [--metrics-host, --metrics-port, where]
test.each([
  [undefined, undefined, undefined],
  [undefined, 0, { host: '127.0.0.1', port: 0 }],
  ['::', 9090, { host: '::', port: 9090 }],
])('metrics at host %s, port %s', (host, port, expected) => {
  expect(metricsAddressOf(host, port)).toEqual(expected);
});

test('a host for metrics without a port is refused: it would show none', () => {
  expect(() => metricsAddressOf('127.0.0.1', undefined)).toThrow(
    '--metrics-host: without --metrics-port. Give both.',
  );
});

// [name, host, setting of the secret, whether it is told]
test.each([
  ['loopback', '127.0.0.1', undefined, false],
  ['loopback of IPv6', '::1', undefined, false],
  ['every interface', '0.0.0.0', undefined, true],
  ['every interface, set to nothing', '::', '', true],
  ['every interface, with a secret', '0.0.0.0', 'a'.repeat(64), false],
])('metrics at %s', (_, host, secret, told) => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  warnOfOpenMetrics({ host, port: 9090 }, secret);
  expect(warn.mock.calls.flat().join()).toContain(told ? 'metrics beyond this machine' : '');
  expect(warn).toHaveBeenCalledTimes(told ? 1 : 0);
});
