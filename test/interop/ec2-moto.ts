/**
 * Private DNS names against moto, an AWS in Python that others wrote.
 *
 * moto does not check signatures by default; `test/support/ec2-fake.ts` does.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { AwsV4Signer } from 'aws4fetch';
import { createPrivateDnsNames, type PrivateDnsNamesOptions } from '../../src/ec2/private-dns-names.ts';
import { pythonEnvironment } from './python.ts';
import type { Check, Suite } from './suite.ts';

const version = '5.2.5';
const region = 'eu-west-1';
/** moto's account for keys that it has not given itself. */
const account = '123456789012';
const otherAccount = '444455556666';
const role = `arn:aws:iam::${otherAccount}:role/Lookup`;
const credentials = { accessKeyId: 'AKIAEXAMPLEINTEROP00', secretAccessKey: 'interop' };
const startMs = 60_000;

export const suite: Suite = {
  name: `moto ${version}: EC2 and STS`,
  async run(check) {
    const bin = pythonEnvironment(`moto-${version}`, [`moto[server]==${version}`]);
    const port = await freePort();
    const server = spawn(
      join(bin, 'python'),
      [join(bin, 'moto_server'), '-H', '127.0.0.1', '-p', String(port)],
      {
        stdio: 'ignore',
        env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
      },
    );
    try {
      await answering(server, port);
      await checks(check, port);
    } finally {
      await end(server);
    }
  },
};

async function checks(check: Check, port: number): Promise<void> {
  const moto = new Moto(port);
  const [running = '', stopped = '', terminated = ''] = await moto.runInstances(3);
  await moto.call('ec2', { Action: 'StopInstances', 'InstanceId.1': stopped });
  await moto.call('ec2', { Action: 'TerminateInstances', 'InstanceId.1': terminated });
  const foreigner = await moto.assume(role);
  const [foreign = ''] = await moto.runInstances(1, foreigner);

  await check('a running instance has the name that moto gives it', async () => {
    assert.equal(await moto.find(running), await moto.nameOf(running));
  });
  await check('a stopped, a terminated and an unknown one are not found', async () => {
    for (const id of [stopped, terminated, 'i-0123456789abcdef0']) {
      assert.equal(await moto.find(id), 'instance_not_found');
    }
  });
  await check('an unknown one fails nobody else in its batch', async () => {
    const find = moto.finder({ batchMs: 50 });
    const found = ['i-0123456789abcdef0', running, terminated].map((id) => find(id));
    const expected = ['instance_not_found', await moto.nameOf(running), 'instance_not_found'];
    assert.deepEqual(await Promise.all(found), expected);
  });
  await check('one of another account is not found, for whichever account', async () => {
    assert.equal(await moto.find(foreign), 'instance_not_found');
    assert.equal(await moto.finder({})(foreign, otherAccount), 'instance_not_found');
    const find = moto.finder({ roles: [role] });
    assert.equal(await find(running, otherAccount), 'instance_not_found');
  });
  await check('the role of its account finds it, and is assumed once', async () => {
    const from = moto.calls.length;
    const find = moto.finder({ roles: [role] });
    assert.equal(await find(foreign, otherAccount), await moto.nameOf(foreign, foreigner));
    assert.equal(await find('i-0123456789abcdef0', otherAccount), 'instance_not_found');
    const actions = moto.calls.slice(from).map((form) => form.get('Action'));
    assert.deepEqual(actions, ['AssumeRole', 'DescribeInstances', 'DescribeInstances']);
  });
  await check('120 reservations come in pages', async () => {
    const ids: string[] = [];
    for (let made = 0; made < 120; made++) ids.push(...(await moto.runInstances(1)));
    const from = moto.calls.length;
    const find = moto.finder({ batchMs: 50 });
    const found = await Promise.all(ids.map((id) => find(id)));
    assert.equal(new Set(found).size, 120);
    for (const name of found) assert.match(name, /^ip-[0-9-]+\.eu-west-1\.compute\.internal$/);
    assert.deepEqual(
      moto.calls.slice(from).map((form) => form.has('NextToken')),
      [false, true, true],
    );
  });
  await check('200 instances of one reservation come in one call', async () => {
    const ids = await moto.runInstances(200);
    const find = moto.finder({ batchMs: 50 });
    const found = await Promise.all(ids.map((id) => find(id)));
    assert.equal(new Set(found).size, 200);
  });
}

type Key = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
type Find = (instanceId: string, of?: string) => Promise<string>;

class Moto {
  /** Forms that look-ups sent. */
  readonly calls: URLSearchParams[] = [];
  readonly find: Find;
  readonly #origin: string;

  constructor(port: number) {
    this.#origin = `http://127.0.0.1:${port}/`;
    this.find = this.finder({});
  }

  /** A look-up of its own, whose calls to AWS go to moto. */
  finder(options: Partial<PrivateDnsNamesOptions>): Find {
    const toMoto = (_: string, init: RequestInit) => {
      this.calls.push(new URLSearchParams(String(init.body)));
      return fetch(this.#origin, init);
    };
    const names = createPrivateDnsNames({ region, credentials, fetch: toMoto as typeof fetch, ...options });
    return async (instanceId, of = account) => {
      const found = await names.find({ instanceId, account: of });
      return found.ok ? found.name : found.code;
    };
  }

  /** A call that is none of callerid's. */
  async call(
    service: 'ec2' | 'sts',
    parameters: Record<string, string>,
    key: Key = credentials,
  ): Promise<string> {
    const Version = service === 'ec2' ? '2016-11-15' : '2011-06-15';
    const body = new URLSearchParams({ Version, ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const signed = await new AwsV4Signer({
      url: this.#origin,
      method: 'POST',
      headers,
      body,
      service,
      region,
      ...key,
    }).sign();
    const response = await fetch(signed.url, { method: 'POST', headers: signed.headers, body });
    const text = await response.text();
    assert.equal(response.status, 200, `moto to ${parameters.Action}: ${text}`);
    return text;
  }

  async runInstances(count: number, key?: Key): Promise<string[]> {
    const counts = { MinCount: String(count), MaxCount: String(count) };
    const ImageId = 'ami-12c6146b'; // one of those that moto brings
    const answer = await this.call('ec2', { Action: 'RunInstances', ImageId, ...counts }, key);
    const ids = [...answer.matchAll(/<instanceId>(i-[0-9a-f]+)<\/instanceId>/g)].map(([, id]) => String(id));
    assert.equal(ids.length, count);
    return ids;
  }

  /** The name of an instance by its ID, which is another way than ours. */
  async nameOf(id: string, key?: Key): Promise<string> {
    const answer = await this.call('ec2', { Action: 'DescribeInstances', 'InstanceId.1': id }, key);
    // moto names the network interfaces otherwise, and first
    const own = answer.replace(/<networkInterfaceSet>.*?<\/networkInterfaceSet>/gs, '');
    const name = /<privateDnsName>([^<]+)<\/privateDnsName>/.exec(own)?.[1];
    assert.ok(name);
    return name;
  }

  async assume(RoleArn: string): Promise<Key> {
    const answer = await this.call('sts', { Action: 'AssumeRole', RoleArn, RoleSessionName: 'interop' });
    const read = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1] ?? '';
    return {
      accessKeyId: read('AccessKeyId'),
      secretAccessKey: read('SecretAccessKey'),
      sessionToken: read('SessionToken'),
    };
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answering(server: ChildProcess, port: number): Promise<void> {
  const until = Date.now() + startMs;
  while (Date.now() < until) {
    if (server.exitCode !== null) throw new Error(`moto ended with exit code ${server.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('moto does not answer');
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, 'exit');
  server.kill('SIGTERM');
  const grace = setTimeout(() => server.kill('SIGKILL'), 5000);
  await exit;
  clearTimeout(grace);
}
