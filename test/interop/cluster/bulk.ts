/**
 * Bearer tokens that are no business of callerid's, in bulk. An API server hands on every one that nobody else accepts.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mapLimited } from '../../../src/lib/map-limited.ts';
import { eventually } from '../processes.ts';
import type { Check } from '../suite.ts';
import { type Place, whoIs } from './place.ts';

const each = 100;

/** What comes in the field, and what somebody makes up. */
const kinds: readonly { readonly what: string; readonly make: () => string }[] = [
  { what: 'expired ServiceAccount tokens', make: serviceAccountToken },
  { what: 'random words', make: () => randomBytes(40).toString('base64url') },
  { what: 'our prefix and garbage', make: () => `k8s-aws-v1.${randomBytes(300).toString('base64url')}` },
];

export async function bulkChecks(check: Check, place: Place): Promise<void> {
  const { name, deployment, cluster, world } = place;
  for (const { what, make } of kinds) {
    await check(`${name}: ${each} ${what} are refused, and STS hears of none`, async () => {
      const from = deployment.reviews.length;
      const asked = world.strangerCalls.length;
      const tokens = Array.from({ length: each }, make);
      const answers = await mapLimited(tokens, 10, (token) => whoIs(place, token));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [401]);
      const since = () => deployment.reviews.slice(from).filter((review) => review.cluster === cluster);
      await eventually('each to be logged', 10_000, () => since().length >= each);
      const reviews = since();
      assert.equal(reviews.length, each, 'each came to the webhook, and came once');
      assert.ok(reviews.every(({ verdict }) => verdict === 'foreign' || verdict === 'refused'));
      assert.ok(reviews.every(({ stsHost }) => stsHost === undefined));
      assert.equal(world.strangerCalls.length, asked);
      assert.ok(!tokens.some((token) => deployment.log.includes(token)), 'a token is in the log');
    });
  }
}

function serviceAccountToken(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) - 3600;
  const claims = { iss: 'https://kubernetes.default.svc', sub: 'system:serviceaccount:default:app', exp };
  const signature = randomBytes(256).toString('base64url');
  return `${part({ alg: 'RS256', kid: 'gone' })}.${part(claims)}.${signature}`;
}
