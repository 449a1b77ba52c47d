/**
 * A large policy goes in bounded requests, and a second run goes on where the first was broken off.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { planPolicy } from '../../src/policy/plan.ts';
import { readVersion } from '../../src/policy/versions.ts';
import { cliIn, finished, temporaryDirectory } from './cli.ts';
import { AdminServer, adminSecret, cluster, policy, roleArn } from './cli-admin.ts';

// a test runs the command several times
vi.setConfig({ testTimeout: 20_000 });

const home = temporaryDirectory();
const { cli, start } = cliIn(home);
const secret = { CALLERID_ADMIN_SECRET: adminSecret };
const file = join(home, 'large.json');
const large = parsePolicy({
  rules: [
    ...policy.rules,
    ...Array.from({ length: 6000 }, (_, i) => ({
      role: roleArn(`Team${i}`),
      username: `team-${i}`,
      groups: [`group-${'x'.repeat(60)}-${i}`],
    })),
  ],
});

let server: AdminServer;
let hashes: string[];

beforeAll(async () => {
  writeFileSync(file, JSON.stringify(large));
  hashes = [...(await planPolicy(large)).parts.keys()];
});

beforeEach(async () => {
  server = await AdminServer.start();
});

afterEach(() => server.close());

const apply = (...args: string[]) =>
  cli(['policy', 'apply', file, '-m', 'large', ...server.args(...args)], secret);

const uploads = () => server.seen.filter(({ method, path }) => method === 'PUT' && path.includes('/parts/'));
const current = () => readVersion(server.store, cluster);

describe('a large policy', () => {
  test('is uploaded in parts and then applied; without a terminal nothing tells of the progress', async () => {
    expect(hashes.length).toBeGreaterThan(40);
    const { status, stdout, stderr } = await apply();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^\+ role \S+Team\d+: team-\d+ \["group-.*\n/);
    expect(stdout).toMatch(/^and 5000 more$/m);
    expect(stdout).toMatch(/version 2 is written\n$/);
    expect(uploads()).toHaveLength(hashes.length);
    const { rules } = (await current()).policy;
    expect(rules).toHaveLength(large.rules.length);
  });

  test('that is broken off changes nothing, and goes on with what is missing', async () => {
    let left = 15;
    const child = start(['policy', 'apply', file, '-m', 'large', ...server.args()], secret);
    server.instead = (_, { path }) => {
      const isPart = path.includes('/parts/') && !path.endsWith('/missing');
      if (!isPart || left-- > 0) return undefined;
      child.kill('SIGKILL');
      return new Promise(() => {});
    };
    expect((await finished(child)).status).toBe(null);
    expect((await current()).version).toBe(1);
    server.instead = () => undefined;
    server.seen.length = 0;
    expect((await apply()).status).toBe(0);
    expect(uploads()).toHaveLength(hashes.length - 15);
    expect((await current()).version).toBe(2);
  });

  test('meets throttling and outages, and tries again as long as it was asked to wait', async () => {
    const failed = new Set<string>();
    server.instead = (_, { path }) => {
      const isFirst = path.includes('/parts/') && failed.size < 4 && !failed.has(path);
      if (!isFirst) return undefined;
      failed.add(path);
      const status = failed.size % 2 === 0 ? 429 : 503;
      const headers = { 'retry-after': '1' };
      return Response.json({ code: 'sts_throttled', message: 'STS throttles' }, { status, headers });
    };
    const began = performance.now();
    expect((await apply()).status).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(1000);
    expect(failed.size).toBe(4);
    expect((await current()).version).toBe(2);
  });

  test('that differs by one rule uploads its bucket and its page alone', async () => {
    expect((await apply()).status).toBe(0);
    server.seen.length = 0;
    const rules = large.rules.map((rule, i) => (i === 100 ? { ...rule, username: 'another' } : rule));
    const args = ['policy', 'apply', '-', '-m', 'one', ...server.args()];
    const { status, stdout } = await cli(args, secret, JSON.stringify({ rules }));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^~ role \S+: team-98 \[.*\] → another \[.*\]\n\n/);
    expect(uploads()).toHaveLength(2);
  });

  test('with a mistake: the path in the file, and nothing is uploaded', async () => {
    const args = ['policy', 'apply', '-', '-m', 'x', ...server.args()];
    const input = JSON.stringify({ ...large, notBefore: '2999-01-01T00:00:00Z' });
    const { status, stderr } = await cli(args, secret, input);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^callerid: notBefore: is in the future/)]);
    expect(server.seen).toEqual([]);
  });

  test('a server that asks for a part of something else gets none', async () => {
    server.instead = (_, { path }) =>
      path.endsWith('/missing') ? Response.json({ missing: ['A'.repeat(43)] }) : undefined;
    const { status, stderr } = await apply();
    expect([status, stderr]).toEqual([
      5,
      expect.stringMatching(/the server asks for a part of another policy/),
    ]);
    expect(uploads()).toEqual([]);
  });
});
