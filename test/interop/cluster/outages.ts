/**
 * What an API server goes through while STS does not answer: how often it asks, how often STS is asked, and who is let
 * in once STS is back.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type { Fault } from '../../../src/emulator/faults.ts';
import type { Check } from '../suite.ts';
import { sign } from './clients.ts';
import { type Place, ruleFor, rules, whoIs } from './place.ts';
import type { Person } from './world.ts';

/** In the 30 seconds that an API server has for a token. */
const most = { webhookCalls: 8, stsCalls: 2 };

const short: readonly { readonly what: string; readonly fault: Fault }[] = [
  { what: 'STS throttles once', fault: { type: 'throttle', times: 1 } },
  { what: 'STS fails once', fault: { type: 'fail', status: 503, times: 1 } },
  { what: 'the connection to STS breaks once', fault: { type: 'reset', times: 1 } },
];

const long: readonly { readonly what: string; readonly fault: Fault }[] = [
  { what: 'STS throttles for more than 30 s', fault: { type: 'throttle' } },
  { what: 'STS fails for more than 30 s', fault: { type: 'fail', status: 503 } },
];

/** Nobody else may use these places meanwhile. */
export async function outageChecks(check: Check, places: readonly [Place, Place]): Promise<void> {
  for (const { deployment, cluster } of places) await deployment.apply(cluster, [...rules, ruleFor('dave')]);
  for (const outage of short) await shortOutage(check, places[0], outage);
  await Promise.all(long.map((outage, index) => longOutage(check, places[index] as Place, outage)));
}

async function shortOutage(
  check: Check,
  place: Place,
  { what, fault }: (typeof short)[number],
): Promise<void> {
  await check(`${place.name}: ${what}: the API server is answered all the same`, async () => {
    const { person, token } = await signIn(place);
    person.sts.setFault(fault);
    const { outcome, reviews } = await counted(place, person, () => whoIs(place, token));
    assert.equal(outcome.status, 201, JSON.stringify(reviews));
  });
}

async function longOutage(check: Check, place: Place, { what, fault }: (typeof long)[number]): Promise<void> {
  const { name } = place;
  await check(`${name}: ${what}: few calls, and nobody is denied for it afterwards`, async () => {
    const { person, token } = await signIn(place);
    person.sts.setFault(fault);
    const { outcome, webhookCalls, stsCalls } = await counted(place, person, () => whoIs(place, token));
    assert.equal(outcome.status, 401);
    console.log(`${name}: ${webhookCalls} calls of the webhook, ${stsCalls} of STS`);
    assert.ok(webhookCalls > 1, 'the API server did not come again');
    person.sts.setFault(undefined);
    const { token: another } = await signIn(place);
    assert.equal((await whoIs(place, another)).status, 201, 'a new token is not accepted');
    assert.equal((await whoIs(place, token)).status, 201, 'the old token is not accepted');
  });
}

/** Somebody with an STS of his own, and a token. */
async function signIn({ world, clients, cluster }: Place): Promise<{ person: Person; token: string }> {
  const person = world.person({ user: 'dave' });
  return { person, token: await sign(clients, 'callerid', person.principal, cluster) };
}

/** Counts what one request to the API server leads to, and holds it to what is allowed. */
async function counted<T>({ deployment, cluster }: Place, { sts }: Person, act: () => Promise<T>) {
  const all = () => deployment.reviews.filter((review) => review.cluster === cluster);
  const from = all().length;
  const outcome = await act();
  const reviews = all().slice(from);
  const webhookCalls = reviews.length;
  const stsCalls = sts.calls.length;
  assert.ok(webhookCalls <= most.webhookCalls, `${webhookCalls} calls of the webhook`);
  assert.ok(stsCalls <= most.stsCalls, `${stsCalls} calls of STS`);
  return { outcome, reviews, webhookCalls, stsCalls };
}
