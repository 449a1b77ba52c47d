/**
 * callerid's verifier, with the settings of the reference, and what it sends to STS.
 *
 * @module
 */
import { createEndpointResolver } from '../../../src/sts/endpoints.ts';
import { createVerifier } from '../../../src/verifier/verifier.ts';
import type { Sent } from './reference.ts';

/**
 * The code of a refusal (`foreign` for a token that is somebody else's), or the request to STS; or what is a mistake of
 * callerid whatever the reference says.
 */
export type Verdict = { readonly code: string } | { readonly sent: Sent } | { readonly mistake: string };

const identity = JSON.stringify({
  GetCallerIdentityResponse: {
    GetCallerIdentityResult: {
      Account: '111122223333',
      Arn: 'arn:aws:sts::111122223333:assumed-role/KubernetesAdmin/alice@example.com',
      UserId: 'AROAEXAMPLEID0000000A:alice@example.com',
    },
  },
});

/**
 * A verifier whose STS vouches for everybody, and which holds nothing: what it accepts has called STS.
 *
 * @returns judges a token, at a time in milliseconds since the epoch, one at a time
 */
export function createOurs(audience: string): (token: string, at: number) => Promise<Verdict> {
  let now = 0;
  let sent: Sent[] = [];
  const verifier = createVerifier({
    audience,
    endpoints: createEndpointResolver({ partition: 'aws' }),
    cacheBytes: 0,
    clock: () => now,
    fetch: async (input, init) => {
      const url = String(input);
      const headers = Object.fromEntries(new Headers(init?.headers));
      sent.push({ url, host: new URL(url).host, headers });
      return new Response(identity, { headers: { 'content-type': 'application/json' } });
    },
  });
  return async (token, at) => {
    now = at;
    sent = [];
    const verdict = await verifier.verify(token).catch(() => undefined);
    const [only, ...more] = sent;
    if (verdict === undefined) return { mistake: 'it throws' };
    if (more.length > 0) return { mistake: 'STS is asked more than once' };
    if (verdict.verdict === 'verified')
      return only === undefined ? { mistake: 'STS is not asked' } : { sent: only };
    // STS vouches for everybody here.
    if (only !== undefined) return { mistake: 'what STS vouched for is refused' };
    return { code: 'code' in verdict ? verdict.code : verdict.verdict };
  };
}
