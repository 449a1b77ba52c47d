/**
 * Who is not let in, and how the operator of the API server finds out why.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { signToken } from '../../../src/token/sign.ts';
import { eventually } from '../processes.ts';
import type { Check } from '../suite.ts';
import { sign } from './clients.ts';
import { type People, type Place, refusalWith, whoIs } from './place.ts';
import { region } from './world.ts';

interface Case {
  readonly what: string;
  readonly code: string;
  readonly token: () => Promise<string>;
}

export async function refusalChecks(check: Check, place: Place, people: People): Promise<void> {
  for (const { what, code, token } of cases(place, people)) {
    await check(`${place.name}: ${what}: refused, and the API server's log says why`, async () => {
      const signed = await token();
      const known = new Set(place.server.refusals);
      assert.equal((await whoIs(place, signed)).status, 401);
      const line = await refusalWith(place, code, known);
      await eventually('the log line of this decision', 10_000, () =>
        place.deployment.reviews.some((one) => line.includes(one.decisionId) && one.code === code),
      );
      assert.ok(!line.includes(signed) && !place.deployment.log.includes(signed), 'the token is in a log');
    });
  }
}

function cases({ world, clients, cluster }: Place, { developer, fired }: People): Case[] {
  const endpoint = { host: `sts.${region}.amazonaws.com`, region };
  const stranger = world.person({ user: 'eve' });
  return [
    {
      what: 'a token for another cluster',
      code: 'sts_signature_mismatch',
      token: () => sign(clients, 'aws', developer.principal, 'other.example.com'),
    },
    {
      what: 'a token of 16 minutes ago',
      code: 'token_expired',
      token: async () => {
        const now = Date.now() - 16 * 60_000;
        const { accessKeyId, secretAccessKey } = developer.principal;
        return (await signToken({ accessKeyId, secretAccessKey }, { audience: cluster, endpoint, now }))
          .token;
      },
    },
    {
      what: 'a token with a signature of somebody else',
      code: 'sts_signature_mismatch',
      token: async () => {
        const [mine, theirs] = await Promise.all(
          [developer, stranger].map(({ principal }) => sign(clients, 'callerid', principal, cluster)),
        );
        return withSignatureOf(String(mine), String(theirs));
      },
    },
    {
      what: 'somebody whom no rule names',
      code: 'not_mapped',
      token: () => sign(clients, 'aws-iam-authenticator', stranger.principal, cluster),
    },
    {
      what: 'somebody whom a rule denies',
      code: 'denied_by_rule',
      token: () => sign(clients, 'aws', fired.principal, cluster),
    },
  ];
}

const prefix = 'k8s-aws-v1.';

function withSignatureOf(token: string, other: string): string {
  const [url, otherUrl] = [token, other].map((one) =>
    Buffer.from(one.slice(prefix.length), 'base64url').toString(),
  );
  const signature = /(?<=X-Amz-Signature=)[0-9a-f]{64}/;
  const forged = String(url).replace(signature, signature.exec(String(otherUrl))?.[0] ?? '');
  return prefix + Buffer.from(forged).toString('base64url');
}
