/**
 * `callerid doctor` on this environment: settings, store, policies, the way to STS and the clock.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { unreached } from '../../src/cli/doctor/network.ts';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import type { Fault } from '../../src/emulator/faults.ts';
import { type ListeningStsEmulator, listenStsEmulator } from '../../src/emulator/server.ts';
import type { Policy } from '../../src/mapping/rule.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { policyKey } from '../../src/policy/record.ts';
import { FileStore } from '../../src/store/file.ts';
import { cliIn, temporaryDirectory } from './cli.ts';
import { assertNothingSecret, doctorIn } from './cli-doctor.ts';

const home = temporaryDirectory();
const runner = cliIn(home);
const doctor = doctorIn(runner);
const cluster = 'prod.example.com';
const alice = { user: 'arn:aws:iam::111122223333:user/alice', username: 'alice', groups: ['developers'] };
const good: Policy = { rules: [alice] };

let sts: StsEmulator;
let server: ListeningStsEmulator;
let env: Record<string, string>;
/** What STS's clock is ahead, in seconds. */
let aheadSeconds = 0;

beforeAll(async () => {
  sts = createStsEmulator({ principals: [] });
  server = await listenStsEmulator({
    fetch: async (input, init) => {
      const answer = await sts.fetch(input, init);
      const dated = new Response(answer.body, answer);
      dated.headers.set('date', new Date(Date.now() + aheadSeconds * 1000).toUTCString());
      return dated;
    },
  });
  writeFileSync(join(home, 'ca.pem'), server.caPem);
  env = {
    HTTPS_PROXY: server.proxyUrl,
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: join(home, 'ca.pem'),
    CALLERID_CLUSTER: cluster,
    CALLERID_API_SERVER_SECRET_SHA256: 'a'.repeat(64),
    CALLERID_REGIONS: 'eu-west-1,us-east-1',
    CALLERID_POLICY: await storeWith('good', good),
  };
});

afterEach(() => {
  sts.setFault(undefined);
  aheadSeconds = 0;
});

afterAll(() => server.close());

/** `file:` and a directory with this policy. */
async function storeWith(name: string, policy: Policy): Promise<string> {
  const directory = join(home, name);
  await publishPolicy(new FileStore(directory), cluster, policy, { author: 'a test' });
  return `file:${directory}`;
}

function file(name: string, text: string): string {
  writeFileSync(join(home, name), text);
  return join(home, name);
}

describe('an environment where all is well', () => {
  const names = ['settings', 'policy store', `policy ${cluster}`, 'STS', 'clock'];

  test('with a store', async () => {
    const { status, named, check } = await doctor([], env);
    expect({ status, ok: named('ok'), skipped: named('skipped') }).toEqual({
      status: 0,
      ok: names,
      skipped: ['kubeconfig'],
    });
    expect(check(`policy ${cluster}`).seen).toBe('version 1, 1 rule');
    expect(check('STS').seen).toMatch(/^3 endpoints answered, sts\.[a-z0-9.-]+ last, in \d+ ms$/);
  });

  test('with a file', async () => {
    const policy = file('policy.json', JSON.stringify(good));
    const { status, named } = await doctor(['--policy', policy], { ...env, CALLERID_POLICY: '' });
    expect({ status, ok: named('ok') }).toEqual({ status: 0, ok: names });
  });

  test('in words', async () => {
    const { status, stdout } = await runner.cli(['doctor'], env);
    assertNothingSecret(stdout);
    expect(status).toBe(0);
    expect(stdout.replace(/sts\.\S+ last, in \d+ ms/, 'HOST last, in N ms').replaceAll(home, 'HOME')).toBe(
      `this environment (what callerid serve reads; no wrangler.toml)
  ok       settings                 cluster prod.example.com; no admin API
  ok       policy store             HOME/good can be read
  ok       policy prod.example.com  version 1, 1 rule
  ok       STS                      3 endpoints answered, HOST last, in N ms
  ok       clock                    this machine and STS are within a minute

the deployed webhook
  skipped  kubeconfig               because --webhook FILE is not given

0 failed, 0 to look at, 5 ok, 1 skipped
`,
    );
  });

  test('asks the plain name of every region in use, and nobody signs', async () => {
    sts.clearCalls();
    await doctor([], env);
    expect(sts.calls.map(({ host, accessKeyId }) => [host, accessKeyId]).toSorted()).toEqual([
      ['sts.amazonaws.com', undefined],
      ['sts.eu-west-1.amazonaws.com', undefined],
      ['sts.us-east-1.amazonaws.com', undefined],
    ]);
  });
});

describe('what is wrong here', () => {
  interface Case {
    readonly args?: readonly string[];
    readonly changes?: () => Record<string, string> | Promise<Record<string, string>>;
    readonly fault?: Fault;
    readonly ahead?: number;
    readonly state?: 'warn' | 'fail';
    readonly check: string;
    readonly seen: RegExp;
    readonly fix: RegExp;
    /** Checks that are not made then, beside those of the webhook. */
    readonly skipped?: readonly string[];
    readonly details?: readonly RegExp[];
  }
  const policyCheck = `policy ${cluster}`;
  const policySkipped = [policyCheck];

  const cases: Readonly<Record<string, Case>> = {
    'nothing is set': {
      changes: () => ({ CALLERID_CLUSTER: '', CALLERID_API_SERVER_SECRET_SHA256: '', CALLERID_POLICY: '' }),
      check: 'settings',
      seen: /^CALLERID_CLUSTER: not set$/,
      fix: /^Set it to the ID that clients sign/,
      skipped: ['policy store', 'STS', 'clock'],
    },
    'a setting that does not exist': {
      changes: () => ({ CALLERID_REGION: 'eu-west-1' }),
      check: 'settings',
      seen: /^CALLERID_REGION: no such setting$/,
      fix: /^Did you mean CALLERID_REGIONS\?$/,
      skipped: ['policy store', 'STS', 'clock'],
    },
    'anybody may ask': {
      changes: () => ({ CALLERID_API_SERVER_SECRET_SHA256: '', CALLERID_API_SERVER_AUTH: 'none' }),
      state: 'warn',
      check: 'settings',
      seen: /^cluster prod\.example\.com; no admin API$/,
      fix: /^see docs\/configuration\.md$/,
      details: [/^CALLERID_API_SERVER_AUTH: anybody who reaches this webhook may ask/],
    },
    'no policy is named': {
      changes: () => ({ CALLERID_POLICY: '' }),
      check: 'policy store',
      seen: /^no policy$/,
      fix: /^give --policy FILE, or set CALLERID_POLICY/,
      skipped: policySkipped,
    },
    'the directory of the store is missing': {
      changes: () => ({ CALLERID_POLICY: `file:${join(home, 'nowhere')}` }),
      check: 'policy store',
      seen: /nowhere is not there$/,
      fix: /^create it, readable for the user that serves, or correct CALLERID_POLICY$/,
      skipped: policySkipped,
    },
    'the directory of the store is a file': {
      changes: () => ({ CALLERID_POLICY: `file:${file('plain', '')}` }),
      check: 'policy store',
      seen: /plain is no directory$/,
      fix: /^create it, /,
      skipped: policySkipped,
    },
    'everybody on the machine may write the policy': {
      changes: async () => {
        const store = await storeWith('open', good);
        chmodSync(store.replace('file:', ''), 0o777);
        return { CALLERID_POLICY: store };
      },
      state: 'warn',
      check: 'policy store',
      seen: /open may be written by everybody on this machine$/,
      fix: /^take that right away \(chmod o-w\)/,
    },
    'the store holds no policy': {
      changes: () => {
        mkdirSync(join(home, 'empty'));
        return { CALLERID_POLICY: `file:${join(home, 'empty')}` };
      },
      check: policyCheck,
      seen: /^no policy is stored$/,
      fix: /^callerid policy apply FILE -m WHY --store 'file:.*empty' --cluster prod\.example\.com$/,
    },
    'the store holds a policy of another cluster alone': {
      changes: () => ({ CALLERID_CLUSTER: 'other.example.com' }),
      check: 'policy other.example.com',
      seen: /^no policy is stored$/,
      fix: /--cluster other\.example\.com$/,
    },
    'what is stored is no policy': {
      changes: async () => {
        await new FileStore(join(home, 'garbage')).put(policyKey(cluster), 'garbage');
        return { CALLERID_POLICY: `file:${join(home, 'garbage')}` };
      },
      check: policyCheck,
      seen: /^it is no valid policy, so nobody is let in$/,
      fix: /^callerid policy apply /,
      details: [/\w/],
    },
    'the policy file does not validate': {
      args: ['--policy', file('bad.yaml', 'rules: [{role: x, username: a}]')],
      changes: () => ({ CALLERID_POLICY: '' }),
      check: policyCheck,
      seen: /^it is no valid policy, so nobody is let in$/,
      fix: /^correct the file$/,
      details: [/bad\.yaml: rules\[0\]\.role: must be the ARN of an IAM role/],
    },
    'the policy file is not there': {
      args: ['--policy', '/nonexistent'],
      changes: () => ({ CALLERID_POLICY: '' }),
      check: policyCheck,
      seen: /^the policy cannot be read \(ENOENT\)$/,
      fix: /^name a file that can be$/,
    },
    'the policy has errors of lint': {
      changes: async () => ({
        CALLERID_POLICY: await storeWith('errors', { ...good, notBefore: '2999-01-01T00:00:00Z' }),
      }),
      check: policyCheck,
      seen: /^version 1, 1 rule; 1 error, 0 warnings$/,
      fix: /^callerid policy lint FILE says them all; then callerid policy apply /,
      details: [/^error: notBefore is in the future/],
    },
    'the policy lets nobody in': {
      changes: async () => ({ CALLERID_POLICY: await storeWith('nobody', { rules: [] }) }),
      state: 'warn',
      check: policyCheck,
      seen: /^version 1, 0 rules; 1 warning$/,
      fix: /^callerid policy lint FILE says them all$/,
      details: [/^warning: rules let nobody in$/],
    },
    'the policy wants names from EC2, and nothing can look them up': {
      changes: async () => {
        const node = {
          role: 'arn:aws:iam::111122223333:role/Node',
          username: 'system:node:{{EC2PrivateDNSName}}',
          groups: ['system:nodes'],
          reserved: 'node',
        } as const;
        return { CALLERID_POLICY: await storeWith('nodes', { rules: [node] }) };
      },
      state: 'warn',
      check: policyCheck,
      seen: /^version 1, 1 rule; 1 warning$/,
      fix: /lint/,
      details: [/CALLERID_EC2_REGION and its credentials$/],
    },
    'STS refuses connections': {
      changes: () => ({ HTTPS_PROXY: 'http://127.0.0.1:1' }),
      check: 'STS',
      seen: /^3 of 3 endpoints: sts\.eu-west-1\.amazonaws\.com: the connection is refused \(ECONNREFUSED\)$/,
      fix: /^check that it runs, and its port$/,
      details: [/^sts\.us-east-1\.amazonaws\.com: /, /^sts\.amazonaws\.com: /],
      skipped: ['clock'],
    },
    'the proxy lets nobody through to one of them': {
      changes: () => ({ CALLERID_STS_HOSTS: 'vpce-1.internal=eu-west-1' }),
      check: 'STS',
      seen: /^1 of 4 endpoints: vpce-1\.internal: /,
      fix: /; or take those regions out of use with CALLERID_REGIONS$/,
      details: [],
    },
    'the CA of a proxy that opens TLS is not known': {
      changes: () => ({ NODE_EXTRA_CA_CERTS: '' }),
      check: 'STS',
      seen: /its certificate is from a CA that is not trusted \(/,
      fix: /^where a proxy opens TLS, put its CA into NODE_EXTRA_CA_CERTS$/,
      details: [/./, /./],
      skipped: ['clock'],
    },
    'a portal answers for STS': {
      fault: { type: 'nonsense', shape: 'html' },
      check: 'STS',
      seen: /answers 200 where STS says 403 MissingAuthenticationToken$/,
      fix: /^check what answers in its place: /,
      details: [/./, /./],
      skipped: ['clock'],
    },
    'STS does not answer': {
      args: ['--timeout', '1'],
      fault: { type: 'stall' },
      check: 'STS',
      seen: /no answer in time$/,
      fix: /^check the way there/,
      details: [/./, /./],
      skipped: ['clock'],
    },
    'the clock is a little behind': {
      ahead: 120,
      state: 'warn',
      check: 'clock',
      seen: /^this machine is (?:119|12\d) s behind STS$/,
      fix: /^set the clock of this machine, and let NTP keep it$/,
    },
    'the clock is far behind': {
      ahead: 360,
      check: 'clock',
      seen: /^this machine is \d{3} s behind STS: good tokens are refused$/,
      fix: /^set the clock of this machine/,
    },
    'the clock is far ahead': {
      ahead: -360,
      check: 'clock',
      seen: /^this machine is \d{3} s ahead of STS: good tokens are refused$/,
      fix: /^set the clock of this machine/,
    },
  };

  test.each(Object.entries(cases))('%s', async (_, one) => {
    const { args = [], changes = () => ({}), fault, ahead = 0, state = 'fail', skipped = [] } = one;
    sts.setFault(fault);
    aheadSeconds = ahead;
    const found = await doctor(args, { ...env, ...(await changes()) });
    expect({ status: found.status, named: found.named(state) }).toEqual({
      status: state === 'fail' ? 1 : 0,
      named: [one.check],
    });
    expect(found.named('skipped')).toEqual([...skipped, 'kubeconfig']);
    const { seen, fix, details } = found.check(one.check);
    expect(seen).toMatch(one.seen);
    expect(fix).toMatch(one.fix);
    expect(details ?? []).toEqual((one.details ?? []).map((pattern) => expect.stringMatching(pattern)));
  });

  test('a store in Deno KV is left to Deno', async () => {
    const { status, named, check } = await doctor([], { ...env, CALLERID_POLICY: 'deno-kv' });
    expect(status).toBe(0);
    expect(named('skipped')).toEqual(['policy store', policyCheck, 'kubeconfig']);
    expect(check(policyCheck).seen).toBe('because Deno KV can be opened on Deno only; give --webhook');
  });

  test('with the admin API the store has to be writable, and is', async () => {
    const digest = 'b'.repeat(64);
    const { check } = await doctor([], { ...env, CALLERID_ADMIN_SECRET_SHA256: digest });
    expect(check('policy store').seen).toMatch(/good can be read and written$/);
  });

  test('without a list of regions every one of the partition is asked', async () => {
    const { check } = await doctor([], { ...env, CALLERID_REGIONS: '' });
    expect(check('STS').seen).toMatch(/^3\d endpoints answered, sts\.[a-z0-9.-]+ last, in \d+ ms$/);
  });
});

test.each<[string, string[], RegExp]>([
  [
    '--sign alone',
    ['--sign', '--audience', 'x.y'],
    /^callerid: --sign without --webhook: name the kubeconfig/,
  ],
  ['--sign without an audience', ['--sign', '--webhook', 'x'], /^callerid: --sign without --audience: /],
  ['an audience alone', ['--audience', 'x.y'], /^callerid: --audience without --sign: give both$/m],
  [
    'an audience that is none',
    ['--webhook', 'x', '--sign', '--audience', ' x'],
    /^callerid: --audience: not an audience: /,
  ],
])('wrong usage: %s', async (_, args, line) => {
  const result = await runner.cli(['doctor', ...args], env);
  expect(result).toEqual({ status: 2, stdout: '', stderr: expect.stringMatching(line) });
});

describe('why a connection failed is told by its code alone', () => {
  const coded = (code: string) => Object.assign(new Error('secret'), { code });
  test.each<[string, unknown, RegExp]>([
    ['no such name', coded('ENOTFOUND'), /^the name does not resolve \(ENOTFOUND\): check the name/],
    [
      'within what fetch throws',
      new TypeError('secret', { cause: coded('EAI_AGAIN') }),
      /^DNS does not answer \(/,
    ],
    [
      'a CA',
      coded('SELF_SIGNED_CERT_IN_CHAIN'),
      /^its certificate is from a CA that is not trusted \(.*\): trust it$/,
    ],
    [
      'no TLS',
      coded('ERR_SSL_WRONG_VERSION_NUMBER'),
      /^it does not speak TLS \(ERR_SSL_WRONG_VERSION_NUMBER\): /,
    ],
    ['in time', new DOMException('secret', 'TimeoutError'), /^no answer in time: /],
    ['unknown', coded('EODD'), /^the connection failed \(EODD\): /],
    ['no code', coded('a secret'), /^the connection failed: /],
    ['nothing', undefined, /^the connection failed: /],
  ])('%s', (_, error, message) => {
    expect(unreached(error, 'trust it').message).toMatch(message);
    expect(unreached(error, 'trust it').message).not.toMatch(/secret/);
  });
});
