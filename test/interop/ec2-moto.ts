/**
 * Private DNS names against moto. It checks no signatures; `test/support/ec2-fake.ts` does.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { createPrivateDnsNames, type PrivateDnsNamesOptions } from '../../src/ec2/private-dns-names.ts';
import { Moto, motoAccount, motoKey, motoRegion, motoVersion } from './moto.ts';
import type { Check, Suite } from './suite.ts';

const otherAccount = '444455556666';
const role = `arn:aws:iam::${otherAccount}:role/Lookup`;

export const suite: Suite = {
  name: `moto ${motoVersion}: EC2 and STS`,
  async run(check) {
    const moto = await Moto.start();
    try {
      await checks(check, moto);
    } finally {
      await moto.end();
    }
  },
};

async function checks(check: Check, moto: Moto): Promise<void> {
  const names = new Names(moto);
  const [running = '', stopped = '', terminated = ''] = await moto.runInstances(3);
  await moto.call('ec2', { Action: 'StopInstances', 'InstanceId.1': stopped });
  await moto.call('ec2', { Action: 'TerminateInstances', 'InstanceId.1': terminated });
  const foreigner = await moto.assume(role);
  const [foreign = ''] = await moto.runInstances(1, foreigner);

  await check('a running instance has the name that moto gives it', async () => {
    assert.equal(await names.find(running), await moto.nameOf(running));
  });
  await check('a stopped, a terminated and an unknown one are not found', async () => {
    for (const id of [stopped, terminated, 'i-0123456789abcdef0']) {
      assert.equal(await names.find(id), 'instance_not_found');
    }
  });
  await check('an unknown one fails nobody else in its batch', async () => {
    const find = names.finder({ batchMs: 50 });
    const found = ['i-0123456789abcdef0', running, terminated].map((id) => find(id));
    const expected = ['instance_not_found', await moto.nameOf(running), 'instance_not_found'];
    assert.deepEqual(await Promise.all(found), expected);
  });
  await check('one of another account is not found, for whichever account', async () => {
    assert.equal(await names.find(foreign), 'instance_not_found');
    assert.equal(await names.finder({})(foreign, otherAccount), 'instance_not_found');
    const find = names.finder({ roles: [role] });
    assert.equal(await find(running, otherAccount), 'instance_not_found');
  });
  await check('the role of its account finds it, and is assumed once', async () => {
    const from = names.calls.length;
    const find = names.finder({ roles: [role] });
    assert.equal(await find(foreign, otherAccount), await moto.nameOf(foreign, foreigner));
    assert.equal(await find('i-0123456789abcdef0', otherAccount), 'instance_not_found');
    const actions = names.calls.slice(from).map((form) => form.get('Action'));
    assert.deepEqual(actions, ['AssumeRole', 'DescribeInstances', 'DescribeInstances']);
  });
  await check('120 reservations come in pages', async () => {
    const ids: string[] = [];
    for (let made = 0; made < 120; made++) ids.push(...(await moto.runInstances(1)));
    const from = names.calls.length;
    const find = names.finder({ batchMs: 50 });
    const found = await Promise.all(ids.map((id) => find(id)));
    assert.equal(new Set(found).size, 120);
    for (const name of found) assert.match(name, /^ip-[0-9-]+\.eu-west-1\.compute\.internal$/);
    assert.deepEqual(
      names.calls.slice(from).map((form) => form.has('NextToken')),
      [false, true, true],
    );
  });
  await check('200 instances of one reservation come in one call', async () => {
    const ids = await moto.runInstances(200);
    const find = names.finder({ batchMs: 50 });
    const found = await Promise.all(ids.map((id) => find(id)));
    assert.equal(new Set(found).size, 200);
  });
}

type Find = (instanceId: string, of?: string) => Promise<string>;

/** Look-ups whose calls to AWS go to moto. */
class Names {
  /** Forms that look-ups sent. */
  readonly calls: URLSearchParams[] = [];
  readonly find: Find;
  readonly #origin: string;

  constructor({ origin }: Moto) {
    this.#origin = origin;
    this.find = this.finder({});
  }

  /** A look-up of its own. */
  finder(options: Partial<PrivateDnsNamesOptions>): Find {
    const toMoto = (_: string, init: RequestInit) => {
      this.calls.push(new URLSearchParams(String(init.body)));
      return fetch(this.#origin, init);
    };
    const names = createPrivateDnsNames({
      region: motoRegion,
      credentials: motoKey,
      fetch: toMoto as typeof fetch,
      ...options,
    });
    return async (instanceId, of = motoAccount) => {
      const found = await names.find({ instanceId, account: of });
      return found.ok ? found.name : found.code;
    };
  }
}
