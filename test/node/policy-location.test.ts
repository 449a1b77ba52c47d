/**
 * `CALLERID_POLICY`: which places there are, and that a mistake is named without repeating it.
 */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { type PolicyLocation, readPolicyLocation } from '../../src/runtime/policy-location.ts';

function problemOf(value: string | undefined): ConfigurationError {
  try {
    readPolicyLocation(value);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as ConfigurationError;
  }
  throw new Error('the location was accepted');
}

describe('a place', () => {
  test.each<[string, PolicyLocation]>([
    ['file:/etc/callerid', { kind: 'file', path: '/etc/callerid' }],
    ['file:///etc/callerid', { kind: 'file', path: '///etc/callerid' }],
    ['file:policies', { kind: 'file', path: 'policies' }],
    ['file:../policies', { kind: 'file', path: '../policies' }],
    ['file:.', { kind: 'file', path: '.' }],
    ['file:/with space/ä', { kind: 'file', path: '/with space/ä' }],
    ['file:C:\\callerid', { kind: 'file', path: 'C:\\callerid' }],
    ['file:deno-kv', { kind: 'file', path: 'deno-kv' }],
    ['deno-kv', { kind: 'deno-kv', path: undefined }],
    ['deno-kv:/var/lib/kv.sqlite', { kind: 'deno-kv', path: '/var/lib/kv.sqlite' }],
    ['deno-kv::memory:', { kind: 'deno-kv', path: ':memory:' }],
    ['deno-kv:http://127.0.0.1:4512', { kind: 'deno-kv', path: 'http://127.0.0.1:4512' }],
  ])('%s', (value, expected) => {
    expect(readPolicyLocation(value)).toEqual(expected);
  });
});

describe('no place', () => {
  test.each([
    ['nothing', undefined],
    ['empty, which is not set either', ''],
  ])('%s', (_, value) => {
    expect(problemOf(value)).toMatchObject({
      code: 'configuration',
      setting: 'CALLERID_POLICY',
      problem: 'not set',
      fix: 'Set it to file:DIRECTORY, or on Deno to deno-kv or deno-kv:PATH.',
    });
  });

  test.each([
    ['no directory', 'file'],
    ['an empty directory', 'file:'],
    ['an empty database', 'deno-kv:'],
    ['a path alone', '/etc/callerid'],
    ['another kind', 's3:secret-bucket'],
    ['a kind that only begins well', 'deno-kv2:secret'],
    ['a kind in capitals', 'FILE:/etc/callerid'],
    ['a space before', ' file:/etc/callerid'],
    ['a line end after', 'file:/etc/callerid\n'],
    ['a second line', 'deno-kv\nfile:/etc/callerid'],
    ['a secret', 'deno-kv=secret'],
    ['a member of every object', 'constructor:x'],
  ])('%s', (_, value) => {
    const error = problemOf(value);
    expect(error).toMatchObject({ setting: 'CALLERID_POLICY', problem: 'not a place that callerid knows' });
    expect(error.message).not.toContain('secret');
  });
});
