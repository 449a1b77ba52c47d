/**
 * The admin API against its OpenAPI document, by Schemathesis, a fuzzer in Python that others wrote: it makes requests
 * that the document allows and requests that it does not, and looks at what comes back.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operations } from '../../src/http/admin/operations.ts';
import { type AdminServer, cluster, secret, startAdmin } from './admin-server.ts';
import { pythonEnvironment } from './python.ts';
import type { Check, Suite } from './suite.ts';

const version = '4.32.5';
/** Another finds other requests. */
const seed = 1;
const runMs = 90_000;

/** Those of Schemathesis that ask something of an API without links and without headers of its own. */
const checkNames = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'positive_data_acceptance',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
];

/** The cluster that is there, and then any: for most of them there is nothing, so fewer requests do. */
const runs = [
  { name: 'known', parameters: `[parameters]\ncluster = "${cluster}"`, examples: 50 },
  { name: 'any', parameters: '', examples: 10 },
];

/**
 * 409: somebody would be locked out, or another version is there. 422: what no form can say of a policy, such as that a
 * part has its hash.
 */
const config = `
[cache]
enabled = false
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "404", "409", "422"]
`;

export const suite: Suite = {
  name: `Schemathesis ${version}: the admin API`,
  async run(check) {
    const bin = pythonEnvironment(`schemathesis-${version}`, [`schemathesis==${version}`]);
    const home = mkdtempSync(join(tmpdir(), 'callerid-schemathesis-'));
    const server = await startAdmin();
    try {
      const report = new Report();
      for (const run of runs) {
        await check(`the run with ${run.name} clusters comes to its end`, async () => {
          report.read(await fuzz(bin, home, server, run));
        });
      }
      await checks(check, server, report);
    } finally {
      await server.close();
      rmSync(home, { recursive: true });
    }
  },
};

async function checks(check: Check, { log }: AdminServer, report: Report): Promise<void> {
  for (const [id, { method, path }] of Object.entries(operations)) {
    const label = `${method} ${path.replace(/:(\w+)/g, '{$1}')}`;
    for (const name of checkNames) {
      const { passed, failures } = report.of(label, name);
      await check(`${id}: ${name}, ${passed + failures.length} answers`, async () => {
        assert.equal(failures.length, 0, `${failures.length} failed, such as\n${failures[0]}`);
        assert.ok(passed > 0, 'nothing was looked at');
      });
    }
    await check(`${id}: was carried out, and never without proof`, async () => {
      const done = log.filter(({ operation, status }) => operation === id && status === 200);
      assert.ok(done.length > 0, 'no request was good enough');
      assert.deepEqual([...new Set(done.map(({ author }) => author))], ['static secret']);
    });
  }
  await check(`nothing went wrong inside, in ${log.length} requests`, async () => {
    const problems = log.filter(({ code, problem }) => code === 'internal' || problem !== undefined);
    assert.deepEqual(problems, []);
  });
}

/** The report of a run, a JSON text in each line. */
async function fuzz(
  bin: string,
  home: string,
  { url }: AdminServer,
  { name, parameters, examples }: (typeof runs)[number],
): Promise<string> {
  const [toml, report] = [join(home, `${name}.toml`), join(home, `${name}.ndjson`)];
  writeFileSync(toml, config + parameters);
  const args = [
    ...[join(bin, 'schemathesis'), '--config-file', toml, 'run', `${url}/openapi.json`],
    ...['--header', `Authorization: Bearer ${secret}`, '--checks', checkNames.join(',')],
    ...['--phases', 'examples,coverage,fuzzing', '--max-examples', String(examples), '--seed', String(seed)],
    ...['--generation-database', 'none', '--continue-on-failure', '--no-color'],
    ...['--report', 'ndjson', '--report-ndjson-path', report],
  ];
  const child = spawn(join(bin, 'python'), args, {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: home },
    timeout: runMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  assert.equal(signal, null, `was not done after ${runMs / 1000} s`);
  assert.ok(code === 0 || code === 1, `ended with ${code}:\n${output.slice(-2000)}`);
  return readFileSync(report, 'utf8');
}

/** What is read of an event of a report. */
interface Event {
  readonly ScenarioFinished?: { readonly recorder: Recorder };
  readonly EngineFinished?: { readonly stop_reason: string };
  readonly NonFatalError?: object;
  readonly FatalError?: object;
}

interface Recorder {
  /** `GET /clusters/{cluster}/policy` */
  readonly label: string;
  /** By the IDs of requests. */
  readonly checks?: Readonly<Record<string, readonly CheckResult[]>>;
  readonly interactions?: Readonly<Record<string, Interaction>>;
}

interface CheckResult {
  readonly name: string;
  readonly status: 'success' | 'failure' | 'error';
  readonly failure_info?: { readonly failure: { readonly title: string; readonly message: string } };
}

interface Interaction {
  readonly request: { readonly method: string; readonly uri: string; readonly body?: Bytes | null };
  readonly response?: { readonly status_code: number; readonly content?: Bytes | null } | null;
}

interface Bytes {
  readonly $base64: string;
}

interface Tally {
  passed: number;
  readonly failures: string[];
}

class Report {
  readonly #tallies = new Map<string, Tally>();

  read(text: string): void {
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
    for (const { ScenarioFinished } of events) if (ScenarioFinished) this.#add(ScenarioFinished.recorder);
    const errors = events.flatMap(({ NonFatalError, FatalError }) => NonFatalError ?? FatalError ?? []);
    assert.equal(errors.length, 0, JSON.stringify(errors[0])?.slice(0, 2000));
    assert.equal(events.at(-1)?.EngineFinished?.stop_reason, 'completed');
  }

  of(label: string, check: string): Tally {
    const key = `${label} ${check}`;
    const tally = this.#tallies.get(key) ?? { passed: 0, failures: [] };
    this.#tallies.set(key, tally);
    return tally;
  }

  #add({ label, checks = {}, interactions = {} }: Recorder): void {
    for (const [id, results] of Object.entries(checks)) {
      for (const result of results) {
        const tally = this.of(label, result.name);
        if (result.status === 'success') tally.passed++;
        else tally.failures.push(inShort(result, interactions[id]));
      }
    }
  }
}

function inShort({ status, failure_info }: CheckResult, interaction: Interaction | undefined): string {
  const { title = status, message = '' } = failure_info?.failure ?? {};
  const { request, response } = interaction ?? {};
  return [
    `${title}: ${message.split('\n\nSchema:')[0]}`,
    `> ${request?.method} ${request?.uri} ${textOf(request?.body)}`,
    `< ${response?.status_code} ${textOf(response?.content)}`,
  ].join('\n');
}

function textOf(bytes: Bytes | null | undefined): string {
  return Buffer.from(bytes?.$base64 ?? '', 'base64')
    .toString()
    .slice(0, 500);
}
