/**
 * How soon a change of the policy is felt at the API server, for one and the same token.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { eventually } from '../processes.ts';
import type { Check } from '../suite.ts';
import { sign } from './clients.ts';
import { type Place, ruleFor, rules, whoIs } from './place.ts';

/** What `CALLERID_POLICY_SECONDS` is here. */
export const policySeconds = 1;
/** An API server keeps whoever it has accepted for so long, by whatever way, on top of what its flag says of webhooks. */
const overallCacheSeconds = 10;
/** For the requests themselves, on a machine that has other things to do. */
const slackMs = 4000;

/** @param cacheTtlSeconds how long the API server keeps what a webhook has said */
export async function changeChecks(
  check: Check,
  place: Place,
  { cacheTtlSeconds }: { readonly cacheTtlSeconds: number },
): Promise<void> {
  const { name, world, clients, deployment, cluster } = place;
  const carol = world.person({ user: 'carol' });
  const token = await sign(clients, 'callerid', carol.principal, cluster);
  const isIn = async () => (await whoIs(place, token)).status === 201;
  const felt = async (isFelt: () => Promise<boolean>, seconds: number) => {
    const from = Date.now();
    await eventually('the change to be felt', seconds * 1000 + slackMs, isFelt);
    return Date.now() - from;
  };

  await check(`${name}: a new grant is felt within ${policySeconds} s`, async () => {
    assert.equal(await isIn(), false);
    await deployment.apply(cluster, [...rules, ruleFor('carol')]);
    await felt(isIn, policySeconds);
  });
  const bound = policySeconds + cacheTtlSeconds + overallCacheSeconds;
  await check(`${name}: a revoked grant is felt within ${bound} s`, async () => {
    assert.equal(await isIn(), true);
    await deployment.apply(cluster, rules);
    const ms = await felt(async () => !(await isIn()), bound);
    console.log(`${name}: felt after ${ms} ms`);
  });
}
