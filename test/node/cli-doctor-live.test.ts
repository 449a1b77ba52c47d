/**
 * `callerid doctor --live`, against an STS that really checks signatures, and against some that differ from what callerid
 * takes for granted.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import type { Fault } from '../../src/emulator/faults.ts';
import { type ListeningStsEmulator, listenStsEmulator } from '../../src/emulator/server.ts';
import { cliIn, temporaryDirectory } from './cli.ts';
import { assertNothingSecret, doctorIn, secrets } from './cli-doctor.ts';

const home = temporaryDirectory();
const runner = cliIn(home);
const doctor = doctorIn(runner);
const live = ['--live', '--region', 'eu-west-1'];
const keys = {
  AWS_ACCESS_KEY_ID: 'ASIADOCTOREXAMPLE',
  AWS_SECRET_ACCESS_KEY: secrets.accessKey,
  AWS_SESSION_TOKEN: secrets.sessionToken,
};

let clockMs = 0;
let sts: StsEmulator;
let server: ListeningStsEmulator;
let env: Record<string, string>;
/** What becomes of an answer on its way. */
let changed: (answer: Response, url: URL, headers: Headers) => Response | Promise<Response>;

const unchanged: typeof changed = (answer) => answer;

beforeEach(async () => {
  changed = unchanged;
  clockMs = 0;
  sts = createStsEmulator({
    clock: () => Date.now() + clockMs,
    principals: [
      {
        type: 'assumed-role',
        account: '111122223333',
        roleName: 'Operator',
        sessionName: 'alice',
        accessKeyId: keys.AWS_ACCESS_KEY_ID,
        secretAccessKey: keys.AWS_SECRET_ACCESS_KEY,
        sessionToken: keys.AWS_SESSION_TOKEN,
      },
    ],
  });
  const fetch: StsEmulator['fetch'] = async (input, init) => {
    const answer = await sts.fetch(input, init);
    const dated = new Response(answer.body, answer);
    dated.headers.set('date', new Date(Date.now() + clockMs).toUTCString());
    return changed(dated, new URL(String(input)), new Headers(init?.headers));
  };
  server = await listenStsEmulator({ fetch });
  writeFileSync(join(home, 'ca.pem'), server.caPem);
  const proxy = { HTTPS_PROXY: server.proxyUrl, NODE_USE_ENV_PROXY: '1' };
  env = { ...proxy, NODE_EXTRA_CA_CERTS: join(home, 'ca.pem'), ...keys };
});

afterEach(() => server.close());

const names = [
  'no signature at all',
  'clock',
  'a good signature',
  'X-Amz-Expires 0',
  'X-Amz-Expires 900',
  'X-Amz-Expires 60, 14 minutes ago',
  'a date 16 minutes ago',
  'a date 4 minutes ahead',
  'a date 6 minutes ahead',
  'an altered signature',
  'another audience than was signed',
  'an access key ID that nobody has',
  'a session token that AWS never gave',
  'no X-Amz-Date',
  'a header that was not signed',
  'the global endpoint, signed for a region',
];

describe('an STS as callerid takes it for granted', () => {
  test('answers every question so, in a bounded number of requests', async () => {
    const { status, checks, named } = await doctor(live, env);
    expect(named('ok')).toEqual(names);
    expect({ status, others: checks.length - names.length }).toEqual({ status: 0, others: 0 });
    expect(sts.calls.map(({ status }) => status)).toEqual([
      403, 200, 200, 200, 200, 403, 200, 403, 403, 403, 403, 403, 400, 200, 403,
    ]);
  });

  test('is asked for the principal of the credentials', async () => {
    const { check } = await doctor(live, env);
    expect(check('a good signature').seen).toMatch(/, of arn:aws:iam::111122223333:role\/Operator$/);
  });

  test('is asked fewer questions where one does not apply', async () => {
    const { status, named } = await doctor(['--live', '--region', 'us-east-1'], env);
    expect(status).toBe(0);
    expect(named('skipped')).toEqual(['the global endpoint, signed for a region']);
  });

  test.each([
    ['ahead', 10],
    ['behind', -10],
  ])('is asked by its own clock where that is 10 minutes %s', async (_, minutes) => {
    clockMs = minutes * 60_000;
    const { status, named, check } = await doctor(live, env);
    expect({ status, failed: named('fail') }).toEqual({ status: 1, failed: ['clock'] });
    const direction = minutes > 0 ? 'behind' : 'ahead of';
    expect(check('clock').seen).toMatch(new RegExp(`^this machine is (?:59|60)\\d s ${direction} STS: `));
  });

  test('in words', async () => {
    const { status, stdout } = await runner.cli(['doctor', ...live], env);
    assertNothingSecret(stdout);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^STS at sts\.eu-west-1\.amazonaws\.com, and what callerid takes for granted of it$/m,
    );
    expect(stdout).toMatch(
      /^ {2}ok {7}a date 6 minutes ahead {20}403 SignatureDoesNotMatch "Signature not yet current…", read as sts_token_not_yet_current$/m,
    );
    expect(stdout).toMatch(/^0 failed, 0 to look at, 16 ok, 0 skipped$/m);
  });
});

function stsError(status: number, Code: string, Message = 'No.'): Response {
  const headers = { 'content-type': 'application/json' };
  return new Response(JSON.stringify({ Error: { Code, Message, Type: 'Sender' }, RequestId: 'x' }), {
    status,
    headers,
  });
}

const anIdentity = {
  Account: '111122223333',
  Arn: 'arn:aws:sts::111122223333:assumed-role/Operator/alice',
  UserId: 'AROAEXAMPLE:alice',
};

function identity(result: object = anIdentity, type = 'application/json'): Response {
  const body = { GetCallerIdentityResponse: { GetCallerIdentityResult: result } };
  return new Response(JSON.stringify(body), { headers: { 'content-type': type } });
}

async function said(answer: Response): Promise<string> {
  return answer.clone().text();
}

/** The questions that are answered with an identity. */
const granted = names.filter((name) => /^(?:a good|X-Amz|a date 4|a header)/.test(name));

describe('an STS that differs', () => {
  test.each<[string, readonly string[], typeof changed]>([
    [
      'heeds X-Amz-Expires',
      ['X-Amz-Expires 60, 14 minutes ago'],
      (answer, url) => {
        const date = url.searchParams.get('X-Amz-Date') ?? '';
        const iso = date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5');
        const isOld =
          url.searchParams.get('X-Amz-Expires') === '60' && Date.now() - Date.parse(iso) > 10 * 60_000;
        return isOld ? stsError(403, 'RequestExpired') : answer;
      },
    ],
    [
      'takes 0 for no X-Amz-Expires',
      ['X-Amz-Expires 0'],
      (answer, url) =>
        url.searchParams.get('X-Amz-Expires') === '0' ? stsError(400, 'ValidationError') : answer,
    ],
    [
      'says in other words that a signature is not yet current',
      ['a date 6 minutes ahead'],
      async (answer) =>
        (await said(answer)).includes('not yet current')
          ? stsError(403, 'SignatureDoesNotMatch', 'Signature from the future: …')
          : answer,
    ],
    [
      'says by another code that a signature has expired',
      ['a date 16 minutes ago'],
      async (answer) =>
        (await said(answer)).includes('Signature expired') ? stsError(403, 'RequestExpired') : answer,
    ],
    [
      'lets in whoever has a wrong signature or another audience',
      ['an altered signature', 'another audience than was signed'],
      async (answer) => ((await said(answer)).includes('we calculated') ? identity() : answer),
    ],
    [
      'refuses headers that were not signed',
      ['a header that was not signed'],
      (answer, _, headers) =>
        headers.has('x-callerid-doctor')
          ? stsError(403, 'SignatureDoesNotMatch', 'There were headers…')
          : answer,
    ],
    [
      'has another code for unknown keys',
      ['an access key ID that nobody has', 'a session token that AWS never gave'],
      async (answer) =>
        (await said(answer)).includes('InvalidClientTokenId') ? stsError(403, 'UnrecognizedClient') : answer,
    ],
    [
      'has another status for requests without a signature',
      ['no signature at all'],
      async (answer) =>
        (await said(answer)).includes('MissingAuthenticationToken')
          ? stsError(400, 'MissingAuthenticationToken')
          : answer,
    ],
    [
      'calls it no error where the date is missing',
      ['no X-Amz-Date'],
      (answer, url) =>
        url.searchParams.has('X-Amz-Date') || url.searchParams.size < 3 ? answer : identity(),
    ],
    [
      'takes any region at the global endpoint',
      ['the global endpoint, signed for a region'],
      (answer, url) => (url.hostname === 'sts.amazonaws.com' ? identity() : answer),
    ],
    [
      'names no user ID',
      granted,
      (answer) => (answer.status === 200 ? identity({ ...anIdentity, UserId: undefined }) : answer),
    ],
    [
      'contradicts itself',
      granted,
      (answer) => (answer.status === 200 ? identity({ ...anIdentity, Account: '444455556666' }) : answer),
    ],
    [
      'does not call it JSON',
      granted,
      (answer) => (answer.status === 200 ? identity(anIdentity, 'text/json') : answer),
    ],
  ])('%s', async (_, failed, change) => {
    changed = change;
    const { status, named, check } = await doctor(live, env);
    expect({ status, failed: named('fail') }).toEqual({ status: 1, failed });
    const { seen, details, fix } = check(failed[0] as string);
    expect(seen).toMatch(/^differs: \d{3} /);
    expect(details).toEqual([
      expect.stringMatching(/^expected: \d{3} /),
      expect.stringMatching(/^it matters, as \w/),
    ]);
    expect(fix).toMatch(/^file an issue with this output/);
  });

  test('repeats the request in a message, and doctor does not', async () => {
    const request = `Canonical String: X-Amz-Security-Token=${secrets.sessionToken}&X-Amz-Signature=…`;
    changed = () => stsError(409, 'Strange', `${request} ${request}`);
    const { status, named } = await doctor(live, env);
    expect({ status, failed: named('fail').length }).toEqual({ status: 1, failed: names.length - 1 });
  });

  test.each<[Fault]>([
    [{ type: 'nonsense', shape: 'html' }],
    [{ type: 'nonsense', shape: 'other-json' }],
    [{ type: 'nonsense', shape: 'mistyped' }],
    [{ type: 'nonsense', shape: 'broken-json' }],
    [{ type: 'nonsense', shape: 'empty' }],
    [{ type: 'redirect', location: 'https://portal.example.com/' }],
  ])('is none: %j', async (fault) => {
    sts.setFault(fault);
    const { status, named } = await doctor(live, env);
    expect({ status, failed: named('fail') }).toEqual({
      status: 1,
      failed: names.filter((name) => name !== 'clock'),
    });
  });
});

describe('an STS that does not say', () => {
  const unasked = names.slice(3);

  test.each<[Fault, RegExp]>([
    [{ type: 'throttle' }, /^could not be asked: 400 Throttling .*try again later$/],
    [{ type: 'throttle', status: 429 }, /^could not be asked: 429 Throttling /],
    [{ type: 'fail', status: 503 }, /^could not be asked: 503 ServiceUnavailable /],
    [{ type: 'reset' }, /^could not be asked: the connection was broken off \(/],
    [{ type: 'stall' }, /^could not be asked: no answer in time; /],
    [{ type: 'oversize', mib: 1 }, /^could not be asked: the answer is far too long; /],
  ])('%j: no difference, and the end of the run', async (fault, seen) => {
    sts.setFault(fault);
    const { status, named, check } = await doctor(
      [...live, ...(fault.type === 'stall' ? ['--timeout', '1'] : [])],
      env,
    );
    const skipped = named('skipped').filter((name) => name !== 'clock'); // an error tells the time as well
    expect({ status, skipped }).toEqual({ status: 5, skipped: names.filter((name) => name !== 'clock') });
    expect(check('no signature at all').seen).toMatch(seen);
    expect(sts.calls.length).toBe(1);
  });

  test('after a difference: the difference counts', async () => {
    let left = 3;
    changed = (answer) =>
      --left < 0 ? stsError(400, 'Throttling') : answer.status === 403 ? identity() : answer;
    const { status, named } = await doctor(live, env);
    expect({ status, failed: named('fail') }).toEqual({ status: 1, failed: ['no signature at all'] });
    expect(named('skipped')).toEqual(unasked.slice(1));
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['a wrong secret key', { AWS_SECRET_ACCESS_KEY: 'other' }, /403 SignatureDoesNotMatch /],
    ['a key that is gone', { AWS_ACCESS_KEY_ID: 'ASIAGONE' }, /403 InvalidClientTokenId /],
  ])('since it refuses the credentials: %s', async (_, changes, seen) => {
    const { status, named, check } = await doctor(live, { ...env, ...changes });
    expect({ status, skipped: named('skipped') }).toEqual({
      status: 3,
      skipped: ['a good signature', ...unasked],
    });
    expect(check('a good signature').seen).toMatch(
      /^STS refuses the credentials: .*; check them with aws sts /,
    );
    expect(check('a good signature').seen).toMatch(seen);
  });
});

describe('what is wrong', () => {
  test.each<[string, string[], Record<string, string>, number, RegExp]>([
    [
      'no credentials',
      live,
      { AWS_ACCESS_KEY_ID: '' },
      3,
      /^callerid: no AWS credentials found: set AWS_ACCESS_KEY_ID /,
    ],
    ['no region', ['--live'], {}, 2, /^callerid: no AWS region: give --region/],
    ['no such region', ['--live', '--region', 'moon'], {}, 2, /^callerid: region: "moon" is no AWS region: /],
    [
      'a webhook too',
      [...live, '--webhook', 'x'],
      {},
      2,
      /^callerid: --live with --webhook, .*: run them one after/,
    ],
    ['no time', [...live, '--timeout', '0'], {}, 2, /Must be 1 to 60 seconds/],
  ])('%s', async (_, args, changes, status, line) => {
    const result = await runner.cli(['doctor', ...args], { ...env, ...changes });
    expect(result).toEqual({ status, stdout: '', stderr: expect.stringMatching(line) });
    expect(sts.calls).toEqual([]);
  });
});
