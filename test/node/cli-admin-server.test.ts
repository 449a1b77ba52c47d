/**
 * Servers that are none, fail, lie or lead elsewhere: the credential stays where it belongs, and nothing that a server
 * says paints over the terminal.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cliIn, temporaryDirectory } from './cli.ts';
import { AdminServer, adminSecret, cluster } from './cli-admin.ts';

const { cli } = cliIn(temporaryDirectory());
const secret = { CALLERID_ADMIN_SECRET: adminSecret };

let server: AdminServer;

beforeEach(async () => {
  server = await AdminServer.start();
});

afterEach(() => server.close());

const get = (...args: string[]) => cli(['policy', 'get', ...server.args(...args)], secret);
const apply = (...args: string[]) =>
  cli(['policy', 'apply', '-', '-m', 'x', ...server.args(...args)], secret, '{"rules":[]}');

describe('--server', () => {
  test.each<[string, string, RegExp]>([
    [
      'plain HTTP to another machine',
      'http://callerid.example.com',
      /http:\/\/ beyond this machine: use https:/,
    ],
    ['plain HTTP to a name that begins as this machine', 'http://localhost.example.com', /http:\/\/ beyond/],
    [
      'plain HTTP to an address that begins as this machine',
      'http://127.0.0.1.example.com',
      /http:\/\/ beyond/,
    ],
    ['plain HTTP to every address', 'http://0.0.0.0:1', /http:\/\/ beyond/],
    ['another scheme', 'file:///etc/passwd', /--server: not a URL/],
    ['no scheme', 'callerid.example.com', /--server: not a URL/],
    ['a password in it', `https://x:${adminSecret}@callerid.example.com`, /more than a host and a path/],
    ['a query', 'https://callerid.example.com/?x=y', /more than a host and a path/],
  ])('%s: refused, and nobody is asked', async (_, url, line) => {
    const { status, stdout, stderr } = await cli(
      ['policy', 'get', '--server', url, '--cluster', cluster],
      secret,
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(line);
    expect(stderr).not.toContain(adminSecret);
  });

  test.each([
    ['neither it nor a store', [], /^callerid: neither --server nor --store: /],
    [
      'it and a store',
      ['--server', 'https://a.example', '--store', 'file:x'],
      /^callerid: both --server and --store: /,
    ],
    ['no cluster', ['--server', 'https://a.example'], /^callerid: no cluster: /],
    [
      'a cluster that leads elsewhere',
      ['--server', 'https://a.example', '--cluster', '../x'],
      /^callerid: --cluster: not the ID/,
    ],
    ['a timeout of none', ['--server', 'https://a.example', '--timeout', '0'], /Must be 1 to 600 seconds/],
  ])('%s', async (_, args, line) => {
    const { status, stderr } = await cli(['policy', 'get', ...args], secret);
    expect([status, stderr]).toEqual([2, expect.stringMatching(line)]);
  });

  test('with a path before the API', async () => {
    server.instead = (request, { path }) => {
      expect(path).toMatch(/^\/callerid\/clusters\//);
      return Response.json({ code: 'not_found', message: request.method }, { status: 404 });
    };
    const { status } = await cli(
      ['policy', 'get', '--server', `${server.url}/callerid/`, '--cluster', cluster],
      secret,
    );
    expect([status, server.seen.length]).toEqual([2, 1]);
  });
});

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])(
    '%i is not followed: it would take the credential along',
    async (status) => {
      const elsewhere = await AdminServer.start();
      try {
        server.instead = () => new Response(null, { status, headers: { location: elsewhere.url } });
        const { status: exitCode, stderr } = await get();
        expect(exitCode).toBe(2);
        expect(stderr).toBe(
          `callerid: the server redirects (${status}): give --server the URL that it leads to\n`,
        );
        expect(elsewhere.seen).toEqual([]);
      } finally {
        await elsewhere.close();
      }
    },
  );
});

describe('an answer', () => {
  const html = (status: number) => new Response('<html>log in</html>', { status });
  const failure = (status: number, code: string) =>
    Response.json({ code, message: `told ${code}` }, { status });
  const again = 'it may be written or not: see callerid policy history, then try again';

  test.each<[string, Response, number, string]>([
    ['of a portal', html(200), 2, "the answer is none of callerid's admin API (status 200): check --server"],
    [
      'of another server',
      html(404),
      2,
      "the answer is none of callerid's admin API (status 404): check --server",
    ],
    [
      'of a proxy that fails',
      html(502),
      5,
      "the answer is none of callerid's admin API (status 502): the server or a proxy fails; try again",
    ],
    [
      'of other JSON',
      Response.json({ version: 'x' }),
      2,
      "the answer is none of callerid's admin API: check --server, and that both are of one version",
    ],
    [
      'of a throttle',
      failure(429, 'sts_throttled'),
      5,
      'no verdict (sts_throttled): told sts_throttled; try again',
    ],
    [
      'of an outage',
      failure(503, 'policy_unavailable'),
      5,
      'no verdict (policy_unavailable): told policy_unavailable; try again',
    ],
    ['of a code to come', failure(400, 'new_code'), 2, 'the request is refused (new_code): told new_code'],
    [
      'of too large a body',
      failure(413, 'body_too_large'),
      2,
      'the request is refused (body_too_large): told body_too_large',
    ],
  ])('%s', async (_, response, exitCode, line) => {
    server.instead = () => response;
    expect(await get()).toEqual({ status: exitCode, stdout: '', stderr: `callerid: ${line}\n` });
  });

  test('that fails a change leaves it open whether it was written', async () => {
    server.instead = () => failure(503, 'store_failed');
    const { status, stderr } = await apply();
    expect([status, stderr]).toEqual([
      5,
      `callerid: no verdict (store_failed): told store_failed; ${again}\n`,
    ]);
    expect(server.seen).toHaveLength(1); // a change is not tried twice
  });

  test('that does not come', async () => {
    server.instead = () => new Promise(() => {});
    const { status, stderr } = await apply('--timeout', '1');
    expect([status, stderr]).toEqual([
      5,
      `callerid: no answer from the server: none came within --timeout; ${again}\n`,
    ]);
  });

  test('that does not end', async () => {
    server.instead = () =>
      new Response(new ReadableStream({ start: (it) => it.enqueue(new TextEncoder().encode('{"')) }));
    const { status, stderr } = await get('--timeout', '1');
    expect([status, stderr]).toEqual([5, expect.stringMatching(/^callerid: no answer from the server: /)]);
  });

  test('of nobody', async () => {
    const { url } = server;
    await server.close();
    const { status, stderr } = await cli(['policy', 'get', '--server', url, '--cluster', cluster], secret);
    expect([status, stderr]).toEqual([
      5,
      expect.stringMatching(/^callerid: the server could not be reached \(ECONNREFUSED\): .*; try again\n$/),
    ]);
    server = await AdminServer.start();
  });
});

describe('what a server says', () => {
  const evil = '\x1b[2J\x9b31m\u202eevil\r\ncallerid: done\u2028\x07';
  const harmless = expect.not.stringMatching(/[^\n\P{Cc}]|[\u2028\u202e]/u);
  const oneLine = (text: string) => text.split('\n').filter((line) => line.startsWith('callerid: done'));
  const version = { version: 1, writtenAt: evil, author: evil, message: evil };

  test.each<[string, string[], Response]>([
    ['in a history', ['policy', 'history'], Response.json({ versions: [version] })],
    [
      'in a history, in JSON',
      ['policy', 'history', '--output', 'json'],
      Response.json({ versions: [version] }),
    ],
    [
      'in a policy',
      ['policy', 'get'],
      Response.json({ ...version, policy: { rules: [{ username: evil }], [evil]: 1 } }),
    ],
    [
      'in a policy, in JSON',
      ['policy', 'get', '--output', 'json'],
      Response.json({ ...version, policy: { a: evil } }),
    ],
    [
      'in a diff',
      ['policy', 'diff', '-'],
      Response.json({
        applied: false,
        version: 1,
        changes: [{ kind: 'gains', who: evil, after: evil }],
        changeCount: 1,
        findings: [{ severity: 'warning', path: evil, message: evil }],
        effects: [{ arn: evil, lastSeen: evil, before: evil, after: evil, lockedOut: true }],
        tried: 1,
      }),
    ],
    [
      'in an explanation',
      ['explain', '--arn', 'x'],
      Response.json({
        steps: [{ step: 'mapping', outcome: 'passed', code: evil, detail: evil }],
        identity: { arn: evil, canonicalArn: evil },
        user: { username: evil, groups: [evil] },
        rule: evil,
        considered: [{ rule: evil, standing: evil, because: evil }],
        nearest: { rule: evil, differs: evil },
      }),
    ],
    [
      'in a refusal',
      ['policy', 'get'],
      Response.json({ code: evil, message: evil, issues: [{ path: evil, message: evil }] }, { status: 422 }),
    ],
    ['in an outage', ['policy', 'get'], Response.json({ code: evil, message: evil }, { status: 503 })],
    [
      'in a lock-out',
      ['policy', 'get'],
      Response.json(
        {
          code: 'would_lock_out',
          message: evil,
          effects: [{ arn: evil, before: evil, after: evil, lockedOut: true }],
        },
        { status: 409 },
      ),
    ],
  ])('%s paints over nothing, and makes no line of its own', async (_, args, response) => {
    server.instead = () => response;
    const { stdout, stderr } = await cli([...args, ...server.args()], secret, '{"rules":[]}');
    expect(stdout + stderr).toContain('evil');
    expect(stdout).toEqual(harmless);
    expect(stderr).toEqual(harmless);
    expect([...oneLine(stdout), ...oneLine(stderr)]).toEqual([]);
  });

  test('the credential, as a server for debugging does, is not told', async () => {
    server.instead = (request) =>
      Response.json({ code: 'x', message: request.headers.get('authorization') }, { status: 400 });
    const { stderr } = await get();
    expect(stderr).toBe('callerid: the request is refused (x): Bearer […]\n');
  });
});
