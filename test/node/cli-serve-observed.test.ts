/**
 * `callerid serve` with metrics at a port of their own, and with traces of an SDK that is loaded before it.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cliIn, temporaryDirectory } from './cli.ts';

const home = temporaryDirectory();
const { cli, start } = cliIn(home);
const policy = join(home, 'aws-auth.yaml');
const hex = (text: string) => createHash('sha256').update(text).digest('hex');
const env = {
  CALLERID_CLUSTER: 'prod.example.com',
  CALLERID_API_SERVER_SECRET_SHA256: hex('of-the-API-server'),
};

writeFileSync(policy, 'mapUsers:\n  - userarn: arn:aws:iam::111122223333:user/alice\n    username: alice\n');

/** Starts it, and gives where it listens. */
async function serve(args: readonly string[], more: Record<string, string> = {}) {
  const child = start(['serve', '--port', '0', '--policy', policy, ...args], { ...env, ...more });
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (text += chunk));
  const exit = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL'); // by its process ID
    await exit;
  });
  const listening = () => /^\{"event":"listening".*$/m.exec(text)?.[0];
  await expect.poll(() => listening() ?? child.exitCode, { timeout: 10_000 }).not.toBeNull();
  const { url, metrics } = JSON.parse(listening() ?? expect.fail(text)) as Record<string, string>;
  return { url: url!, metrics, output: () => text };
}

/** Somebody else's token: nobody is asked. */
const review = (url: string) =>
  fetch(`${url}/authenticate`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer of-the-API-server',
    },
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: 'a.b.c' },
    }),
  });

describe('metrics', () => {
  test('are at a port of their own, for whoever reaches it, and not at that of the webhook', async () => {
    const { url, metrics } = await serve(['--metrics-port', '0']);
    expect(metrics).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    expect(new URL(metrics!).port).not.toBe(new URL(url).port);
    await review(url);
    const text = await (await fetch(metrics!)).text();
    expect(text).toMatch(
      /^callerid_reviews_total\{cluster="prod\.example\.com",verdict="foreign",code=""\} 1$/m,
    );
    expect(text).toMatch(/^callerid_build_info\{version="[\d.]+",runtime="node"\} 1$/m);
    expect(Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(1e7);
    const started = Number(/^process_start_time_seconds ([\d.e+]+)$/m.exec(text)?.[1]);
    expect(Math.abs(started - Date.now() / 1000)).toBeLessThan(60);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect((await fetch(metrics!.replace('/metrics', '/healthz'))).status).toBe(404);
  });

  test('ask for the secret at both ports, where there is one', async () => {
    const { url, metrics } = await serve(['--metrics-port', '0'], {
      CALLERID_METRICS_SECRET_SHA256: hex('scrape'),
    });
    for (const place of [metrics!, `${url}/metrics`]) {
      expect((await fetch(place)).status).toBe(401);
      expect((await fetch(place, { headers: { authorization: 'Bearer scrape' } })).status).toBe(200);
    }
  });

  test('are nowhere where nobody asks for them', async () => {
    const { url, metrics } = await serve([]);
    expect(metrics).toBeUndefined();
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });

  test.each([
    ['a port that is none', ['--metrics-port', '70000']],
    ['an address without a port', ['--metrics-host', '127.0.0.1']],
    ['an address that is elsewhere', ['--metrics-host', '192.0.2.1', '--metrics-port', '29999']],
  ])('%s is wrong usage', async (_, args) => {
    expect(await cli(['serve', '--port', '0', '--policy', policy, ...args], env)).toMatchObject({
      status: 2,
    });
  });
});

describe('traces', () => {
  const sdk = join(home, 'otel.mjs');
  const modules = join(import.meta.dirname, '../../node_modules');

  // as a user's: it has the API from the same place as callerid
  writeFileSync(
    sdk,
    `import { createRequire } from 'node:module';
const require = createRequire(${JSON.stringify(join(modules, 'x.js'))});
const { trace } = require('@opentelemetry/api');
const { BasicTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const exporter = {
  export(spans, done) {
    for (const { name, attributes } of spans) console.log(JSON.stringify({ event: 'span', name, attributes }));
    done({ code: 0 });
  },
  shutdown: async () => {},
};
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
`,
  );

  test('go to the SDK of node --import', async () => {
    const { url, output } = await serve([], { CALLERID_TRACES: 'true', NODE_OPTIONS: `--import=${sdk}` });
    await review(url);
    await expect.poll(output, { timeout: 5000 }).toContain('"name":"callerid.review"');
  });

  test('are off unless they are wanted', async () => {
    const { url, output } = await serve([], { NODE_OPTIONS: `--import=${sdk}` });
    await review(url);
    await expect.poll(output, { timeout: 5000 }).toContain('"event":"review"');
    expect(output()).not.toContain('"event":"span"');
  });
});
