/**
 * Whole decisions, without HTTP: a token is parsed, its identity is held, the rules are asked.
 *
 * @module
 */
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import { detached } from '../../src/lib/flights.ts';
import type { PolicyReader } from '../../src/policy/reader.ts';
import { decide } from '../../src/review/decide.ts';
import type { TokenReview } from '../../src/review/token-review.ts';
import { signToken } from '../../src/token/sign.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';
import { inTurn } from '../batches.ts';
import { cluster, type Member } from './policies.ts';

/** Decides on each of some in turn, all of whom the policy maps. */
export async function decider(
  members: readonly Member[],
  policies: PolicyReader,
): Promise<(turn: number) => Promise<void>> {
  const principals = members.map((member, index) => ({
    ...member,
    type: 'assumed-role' as const,
    sessionName: 'alice',
    accessKeyId: `ASIA${String(index).padStart(16, '0')}`,
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    sessionToken: 'FwoGZXIvYXdzEXAMPLE',
  }));
  const sts = createStsEmulator({ principals });
  const fetch = sts.fetch as typeof globalThis.fetch;
  const verifier = createVerifier({ audience: cluster, fetch, identitySeconds: 900 });
  const endpoint = { host: 'sts.eu-west-1.amazonaws.com', region: 'eu-west-1' };
  const reviews = await Promise.all(
    principals.map(async (credentials): Promise<TokenReview> => {
      const { token } = await signToken(credentials, { audience: cluster, endpoint });
      return { ok: true, apiVersion: 'authentication.k8s.io/v1', token, audiences: [] };
    }),
  );
  return async (turn) => {
    const { verdict } = await decide(inTurn(reviews, turn), { verifier, policies, context: detached });
    if (verdict !== 'mapped') throw new Error(`not mapped: ${verdict}`);
  };
}
