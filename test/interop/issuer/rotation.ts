/**
 * Another key takes over while requests go on, and the first one is retired.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { whoIs } from '../cluster/place.ts';
import { eventually } from '../processes.ts';
import type { Check } from '../suite.ts';
import type { Api, Apis } from './api-servers.ts';
import { forge } from './forge.ts';
import type { SigningKey } from './keys-file.ts';
import { badSignature, refused } from './refusals.ts';
import { type IssuerStage, keysMaxAgeSeconds, orders, tokenSeconds } from './stage.ts';

/** An API server fetches the keys again for a key ID that it does not have, if they are good for less than this. */
const refreshableSeconds = 30;
/** From when a key is published until every API server would look for it. A second for clocks, one for rounding. */
const leadMs = (keysMaxAgeSeconds - refreshableSeconds + 2) * 1000;
/** Requests to each API server before and after a change. */
const requests = 25;
const mostRequests = 400;
const pauseMs = 50;

/** What is left of the first key. */
export interface Outgoing {
  readonly key: SigningKey;
  /** A JWT that it has signed, and that no API server has seen. */
  readonly unused: string;
}

/** The API servers must have fetched the keys before. */
export async function takeOverChecks(
  check: Check,
  stage: IssuerStage,
  { all }: Apis,
): Promise<Outgoing | undefined> {
  const { keys } = stage;
  const [firstId = ''] = keys.ids;
  const key = keys.key(firstId);
  let unused: string | undefined;
  await check('a second key is published, signs after its lead, and no request is refused', async () => {
    const secondId = await keys.rotate();
    await stage.reloadKeys();
    const publishedAt = Date.now();
    const used: string[] = [];
    const untilUsed = async (id: string, more: () => boolean) => {
      while (used.at(-1) !== id || more()) {
        assert.ok(
          used.length < mostRequests,
          `no JWT by ${id}, or no end of them, in ${used.length} requests`,
        );
        used.push(await request(stage, all));
        await setTimeout(pauseMs);
      }
    };
    await untilUsed(firstId, () => used.length < requests || Date.now() < publishedAt + leadMs);
    unused = await stage.exchange(stage.people.admin, orders);
    keys.bringForward(secondId);
    stage.deployment.reload();
    await untilUsed(secondId, () => used.slice(-requests).some((id) => id !== secondId));
    assert.deepEqual([...new Set(used)], [firstId, secondId]);
  });
  return unused === undefined ? undefined : { key, unused };
}

export async function retirementChecks(
  check: Check,
  stage: IssuerStage,
  { all, structured, flags, touchConfiguration }: Apis,
  { key, unused }: Outgoing,
): Promise<void> {
  const { keys } = stage;
  const like = await stage.exchange(stage.people.developer, orders);
  const old = () => forge(key, like);

  await check('a JWT that has ended is refused, though its key is still published', async () => {
    const { iat = 0, exp = 0 } = decodeJwt(unused);
    assert.equal(exp - iat, tokenSeconds);
    await setTimeout(Math.max(0, (exp + 1) * 1000 - Date.now()));
    for (const api of all) await refused(api, { token: unused, why: 'token is expired' });
  });
  await check('the first key is retired, and no request is refused', async () => {
    await keys.retire(key.kid);
    await stage.reloadKeys();
    for (let i = 0; i < requests; i++) assert.notEqual(await request(stage, all), key.kid);
  });
  await check(
    'an API server takes a retired key for as long as nothing makes it fetch the keys',
    async () => {
      for (const api of all) assert.equal((await whoIs(api, await old())).status, 201);
    },
  );
  await check(
    'a configuration that is written again makes it fetch them, and no request is refused',
    async () => {
      touchConfiguration();
      await eventually('the configuration to be read', 40_000, async () => {
        await request(stage, [structured]);
        return structured.server.hasLogged('reloaded authentication config');
      });
      await refused(structured, { token: await old(), why: badSignature });
      await request(stage, all);
    },
  );
  await check('the first JWT by a key that it does not have makes it fetch them, too', async () => {
    assert.equal((await whoIs(flags, await old())).status, 201);
    const thirdId = await keys.rotate();
    await stage.reloadKeys();
    await setTimeout(leadMs);
    keys.bringForward(thirdId);
    stage.deployment.reload();
    await eventually('the third key to sign', 10_000, async () => (await request(stage, all)) === thirdId);
    for (const api of all) await refused(api, { token: await old(), why: badSignature });
  });
}

/** Sends a request with a new JWT to each, and gives the ID of the key that signed it. */
async function request(stage: IssuerStage, apis: readonly Api[]): Promise<string> {
  const token = await stage.exchange(stage.people.developer, orders);
  const kid = String(decodeProtectedHeader(token).kid);
  const answers = await Promise.all(apis.map((api) => whoIs(api, token)));
  const got = answers.map(({ status }, index) => `${apis[index]?.name} ${status}`);
  assert.deepEqual(
    got,
    apis.map(({ name }) => `${name} 201`),
    `a JWT by ${kid}`,
  );
  return kid;
}
