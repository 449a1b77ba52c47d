/**
 * `callerid shadow report`: what a log of shadow mode comes to, and that nothing but a compared review makes it empty.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recordsIn } from '../../src/cli/shadow/record.ts';
import { Report } from '../../src/cli/shadow/report.ts';
import type { IncumbentAnswer } from '../../src/review/shadow/answer.ts';
import { Deployment, people } from '../support/deployment.ts';
import { cliIn, mainFile, type Run, temporaryDirectory } from './cli.ts';

const home = temporaryDirectory();
const { cli } = cliIn(home);

const admin = 'arn:aws:iam::111122223333:role/Admin';
const line = {
  event: 'review',
  time: '2026-11-24T12:00:00.000Z',
  decisionId: 'd0000000-0000-4000-8000-000000000001',
  cluster: 'prod.example.com',
  verdict: 'mapped',
  canonicalArn: admin,
  rule: `role ${admin}`,
  policyVersion: 3,
  durationMs: 12,
};
const agrees = { ...line, shadow: { outcome: 'agrees', theirs: 'granted', httpStatus: 200 } };
const username = { field: 'username', theirs: 'kubernetes-admin', ours: 'admin:alice' };
const differs = {
  ...line,
  shadow: { outcome: 'differs', theirs: 'granted', httpStatus: 200, differences: [username] },
};
const notCompared = {
  ...line,
  verdict: 'throttled',
  code: 'sts_throttled',
  shadow: { outcome: 'not_compared', theirs: 'granted' },
};
const theirOutage = {
  ...line,
  shadow: { outcome: 'not_compared', theirs: 'shadow_no_verdict', httpStatus: 502 },
};
const keptOut = {
  ...line,
  verdict: 'denied',
  code: 'not_mapped',
  shadow: { ...agrees.shadow, theirs: 'denied' },
};
const refused = { ...keptOut, verdict: 'refused', code: 'token_encoding', canonicalArn: undefined };
const foreign = {
  ...line,
  verdict: 'foreign',
  canonicalArn: undefined,
  shadow: { ...agrees.shadow, theirs: 'denied' },
};

function text(...lines: readonly (object | string)[]): string {
  return lines.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n');
}

function report(input: string, ...args: string[]): Promise<Run> {
  return cli(['shadow', 'report', ...args], {}, input);
}

async function json(input: string, ...args: string[]) {
  const { stdout, ...run } = await report(input, '-o', 'json', ...args);
  return { ...run, report: JSON.parse(stdout) };
}

describe('how it ends', () => {
  test.each<[name: string, lines: readonly (object | string)[], status: number]>([
    ['they agree', [agrees, foreign, theirOutage], 0],
    ['they agree, and callerid could not always judge', [agrees, notCompared], 5],
    ['strangers with made-up tokens, whom both refuse', [refused], 5],
    ['somebody proven, whom both keep out, and nobody else', [keptOut], 5],
    [
      'an agreement that differs',
      [agrees, { ...agrees, shadow: { ...agrees.shadow, differences: [username] } }],
      5,
    ],
    ['they differ', [agrees, differs], 1],
    ['they differ, and a line cannot be read', [differs, { ...differs, time: 'noon' }], 1],
    ['nothing at all', [], 5],
    ['reviews, but not in shadow mode', [line], 5],
    ['nobody but people without a verdict', [notCompared], 5],
    ["nobody but somebody else's tokens", [foreign], 5],
    ['a line that cannot be read', [agrees, { ...agrees, shadow: { outcome: 'better' } }], 5],
    [
      'a difference without what differs',
      [agrees, { ...differs, shadow: { ...differs.shadow, differences: [] } }],
      5,
    ],
    [
      'a kind of difference that is not known here',
      [agrees, { ...differs, shadow: { ...differs.shadow, differences: [{ field: 'audiences' }] } }],
      5,
    ],
    [
      'an outage that is not known here',
      [agrees, { ...line, shadow: { outcome: 'not_compared', theirs: 'shadow_asleep' } }],
      5,
    ],
  ])('%s', async (_, lines, status) => {
    expect((await report(text(...lines))).status).toBe(status);
  });

  test('no shadow review is no empty report', async () => {
    expect(await report(text(line, 'hello'))).toEqual({
      status: 5,
      stdout: '',
      stderr:
        'callerid: no shadow review in the input (2 other lines): set CALLERID_SHADOW_URL, or shadow in CALLERID_CLUSTERS, and give the log of a deployment that has been asked since\n',
    });
  });

  test('where nothing was compared, it says so', async () => {
    const { stderr } = await report(text(foreign));
    expect(stderr).toBe('callerid: nobody was let in by both: wait until somebody has come\n');
    const { stderr: doubt } = await report(text(agrees, notCompared));
    expect(doubt).toMatch(/^callerid: callerid could not always judge \(ours: sts_throttled\): mend that/);
  });
});

describe('the input', () => {
  test('several files, in any order, and standard input', async () => {
    const [one, other] = [join(home, 'one.log'), join(home, 'other.log')];
    writeFileSync(one, text({ ...differs, time: '2026-11-24T13:00:00.000Z', decisionId: 'late' }));
    writeFileSync(other, `${text(agrees)}\r\n\r\n`);
    const { report } = await json(text({ ...differs, time: '2026-11-24T11:00:00.000Z' }), one, other, '-');
    expect(report).toMatchObject({
      granted: 1,
      differed: 2,
      from: '2026-11-24T11:00:00.000Z',
      to: '2026-11-24T13:00:00.000Z',
      otherLines: 0,
    });
    expect(report.differences).toHaveLength(1);
    expect(report.differences[0]).toMatchObject({
      count: 2,
      firstAt: report.from,
      lastAt: report.to,
      decisionId: 'late',
    });
  });

  test('a file that is not there', async () => {
    const missing = join(home, 'missing.log');
    expect(await report('', missing)).toEqual({
      status: 2,
      stdout: '',
      stderr: `callerid: the log ${missing} cannot be read (ENOENT): name a file that can be\n`,
    });
  });

  const envelope = {
    outcome: 'ok',
    logs: [
      { message: ['other', JSON.stringify(differs)], level: 'log' },
      { message: [JSON.stringify(agrees)] },
    ],
  };
  test.each<[name: string, input: string, found: object]>([
    [
      'as kubectl logs with times and names writes it',
      `[pod/callerid-1] 2026-11-24T12:00:00Z ${text(differs)}`,
      { differed: 1 },
    ],
    [
      'wrangler tail --format json',
      JSON.stringify(envelope, null, 2),
      { differed: 1, granted: 1, unread: 0 },
    ],
    ['the same in one line', JSON.stringify(envelope), { differed: 1, granted: 1, otherLines: 0 }],
    [
      'lines of others',
      text('hello', '{', '"', '[]', 'null', '1', '{"event":"listening"}', '{"logs":[1,null]}', differs),
      { differed: 1, otherLines: 8 },
    ],
    [
      'a line that is too long, and those around it',
      `${text(differs)}\n${'x'.repeat(3 << 20)}{"event":"review"}\n${text(differs)}`,
      { differed: 2, unread: 1, otherLines: 0 },
    ],
    [
      'one that is too long and the last',
      `${text(differs)}\n{"event":"review",${' '.repeat(2 << 20)}`,
      { differed: 1, unread: 1, otherLines: 0 },
    ],
  ])('%s', async (_, input, found) => {
    expect((await json(input)).report).toMatchObject(found);
  });

  // [what became of the line on its way]
  const whole = JSON.stringify(differs);
  test.each([
    ['cut at its end, as syslog does', whole.slice(0, -30)],
    ['cut at its start', whole.slice(30)],
    ['with another one in one line', whole + whole],
    ['behind labels in braces', `{app=callerid} ${whole}`],
    ['before something else', `${whole} end`],
    ['wrapped by docker', JSON.stringify({ log: `${whole}\n`, stream: 'stdout' })],
    ['wrapped by journald', JSON.stringify({ MESSAGE: whole })],
    ['wrapped by Logpush', JSON.stringify({ Logs: [{ Message: [whole] }] })],
  ])('a line that differs, %s, is no empty report', async (_, one) => {
    const { status, report } = await json(text(agrees, one));
    expect({ status, unread: report.unread }).toEqual({ status: 5, unread: 1 });
  });

  test('a line that differs, in two halves, is no empty report', async () => {
    expect((await json(text(agrees, whole.slice(0, 150), whole.slice(150)))).status).toBe(5);
  });

  test('only what was since', async () => {
    const later = { ...agrees, time: '2026-11-24T18:00:00.000Z' };
    const since = await json(text(differs, later), '--since', '2026-11-24T19:00:00+01:00');
    expect(since.status).toBe(0);
    expect(since.report).toMatchObject({ granted: 1, differed: 0, from: later.time });
    const none = await report(text(differs), '--since', '2026-11-24T18:00:00Z');
    expect(none).toMatchObject({ status: 5, stdout: '' });
    expect(none.stderr).toContain('give an earlier --since');
  });

  test.each(['yesterday', '2026-11-24', '2026-11-24T18:00:00', '2026-13-24T18:00:00Z', '0'])(
    '--since %s is no time',
    async (value) => {
      const { status, stderr } = await report(text(differs), '--since', value);
      expect(status).toBe(2);
      expect(stderr).toContain('Must be a time with its zone');
    },
  );
});

describe('what it says', () => {
  const denied = {
    ...line,
    verdict: 'denied',
    code: 'not_mapped',
    reason: 'no rule maps this identity',
    rule: undefined,
    shadow: {
      outcome: 'differs',
      theirs: 'granted',
      httpStatus: 200,
      differences: [
        {
          field: 'authenticated',
          theirs: true,
          ours: false,
          user: { username: 'ops', groups: ['dev', 'ops'] },
        },
      ],
    },
  };

  test('whom, in what, how often, both sides and both reasons, and where to look', async () => {
    const theirDenial = {
      ...line,
      canonicalArn: 'arn:aws:iam::111122223333:user/bob',
      decisionId: 'd3',
      shadow: {
        ...denied.shadow,
        theirs: 'denied',
        httpStatus: 403,
        reason: 'not today',
        differences: [
          { field: 'authenticated', theirs: false, ours: true, user: { username: 'bob', groups: [] } },
        ],
      },
    };
    const extra = {
      ...differs,
      decisionId: 'd2',
      shadow: {
        ...differs.shadow,
        differences: [
          { field: 'extra.arn', theirs: ['a', 'b'] },
          { field: 'groups', theirs: [], ours: ['x'] },
        ],
      },
    };
    const stranger = {
      ...foreign,
      decisionId: 'd4',
      shadow: { ...denied.shadow, differences: [{ field: 'authenticated', theirs: true, ours: false }] },
    };
    const recent = { ...denied, time: '2026-11-24T12:30:00.000Z' };
    const { stdout } = await report(
      text(denied, recent, differs, extra, theirDenial, stranger, agrees, foreign, notCompared),
    );
    expect(stdout).toBe(`${admin}, cluster prod.example.com
  authenticated: 2 times, 2026-11-24T12:00:00.000Z to 2026-11-24T12:30:00.000Z
    theirs: let in as ops [dev, ops] (HTTP 200)
    ours:   not let in (not_mapped: no rule maps this identity; policy version 3)
    latest decision: d0000000-0000-4000-8000-000000000001

${admin}, cluster prod.example.com
  extra.arn: once, 2026-11-24T12:00:00.000Z
    theirs: [a, b] (HTTP 200)
    ours:   none (role ${admin}; policy version 3)
    latest decision: d2

${admin}, cluster prod.example.com
  groups: once, 2026-11-24T12:00:00.000Z
    theirs: [] (HTTP 200)
    ours:   [x] (role ${admin}; policy version 3)
    latest decision: d2

${admin}, cluster prod.example.com
  username: once, 2026-11-24T12:00:00.000Z
    theirs: "kubernetes-admin" (HTTP 200)
    ours:   "admin:alice" (role ${admin}; policy version 3)
    latest decision: d0000000-0000-4000-8000-000000000001

arn:aws:iam::111122223333:user/bob, cluster prod.example.com
  authenticated: once, 2026-11-24T12:00:00.000Z
    theirs: not let in (HTTP 403: not today)
    ours:   let in as bob [] (role ${admin}; policy version 3)
    latest decision: d3

somebody with a token that is not AWS's, cluster prod.example.com
  authenticated: once, 2026-11-24T12:00:00.000Z
    theirs: let in (HTTP 200)
    ours:   not let in (role ${admin}; policy version 3)
    latest decision: d4

reviews from 2026-11-24T12:00:00.000Z to 2026-11-24T12:30:00.000Z
differ: 6
agree: 1 let in, 0 kept out
not compared: 1 (ours: sts_throttled 1)
tokens that prove nobody, refused by both: 0
somebody else's tokens, refused by both: 1
other lines: 0
`);
  });

  test('who was refused is known by the name that the other gives', async () => {
    const refused = { ...denied, verdict: 'refused', code: 'token_expired', canonicalArn: undefined };
    const { report } = await json(text(refused));
    expect(report.differences[0].who).toBe('whoever they call ops');
  });

  test('a log that paints over the terminal does not', async () => {
    const evil = {
      ...differs,
      shadow: {
        ...differs.shadow,
        differences: [{ ...username, theirs: '\x1b[2J\u202eadmin' }],
        reason: '\x1b[31m',
      },
    };
    for (const format of ['text', 'json']) {
      const { stdout } = await report(text(evil), '--output', format);
      expect(stdout).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    }
  });
});

test('its memory does not grow with the number of principals, and what is not listed is counted', () => {
  const report = new Report();
  for (let number = 0; number < 6000; number++) {
    const [record] = recordsIn(JSON.stringify({ ...differs, canonicalArn: `${admin}${number}` })).records;
    if (record === undefined) throw new Error('not read');
    report.add(record);
  }
  const { differed, differences, unlisted } = report.end();
  expect([differed, differences.length, unlisted]).toEqual([6000, 5000, 1000]);
});

test('a long list of groups is cut', async () => {
  const groups = Array.from({ length: 300 }, (_, number) => `g${number}`);
  const { report } = await json(
    text({
      ...differs,
      shadow: { ...differs.shadow, differences: [{ field: 'groups', theirs: groups, ours: [] }] },
    }),
  );
  expect(report.differences[0].theirs.value).toHaveLength(101);
  expect(report.differences[0].theirs.value.at(-1)).toBe('and 200 more');
});

test('a log of 40 MB is read in a heap of 32 MB', () => {
  const file = join(home, 'large.log');
  writeFileSync(file, '');
  const part = `${text(...Array.from({ length: 4000 }, () => differs))}\n`;
  for (let size = 0; size < 40 << 20; size += part.length) appendFileSync(file, part);
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--max-old-space-size=32', mainFile, 'shadow', 'report', file],
    { encoding: 'utf8' },
  );
  expect(status).toBe(1);
  expect(stdout).toMatch(/^differ: \d+000$/m);
}, 60_000);

test('it reads what the webhook writes', async () => {
  const user = { username: 'theirs', uid: 'u', groups: [], extra: {} };
  const answers: IncumbentAnswer[] = [
    { httpStatus: 200, status: { authenticated: true, user } },
    { httpStatus: 403, status: { authenticated: false } },
    { code: 'shadow_no_verdict' },
  ];
  const lines: object[] = [];
  for (const theirs of answers) {
    const tasks: Promise<unknown>[] = [];
    const deployment = await Deployment.start({
      incumbent: async () => theirs,
      taskContext: () => ({ waitUntil: (task) => tasks.push(task) }),
    });
    for (const who of [people.admin, people.stranger]) await deployment.ask(await deployment.sign(who));
    await deployment.ask('eyJhbGciOiJSUzI1NiJ9.e30.c2ln');
    for (const task of tasks) await task;
    lines.push(...deployment.log);
  }
  const { report } = await json(text(...lines));
  expect(report).toMatchObject({ granted: 0, denied: 1, differed: 4, foreign: 1, unread: 0, otherLines: 0 });
  expect(report.notCompared).toEqual({ 'theirs: shadow_no_verdict, no answer': 3 });
});
