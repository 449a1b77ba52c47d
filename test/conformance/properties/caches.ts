/**
 * What holds of all that is remembered: no two questions share an answer, in a verifier, between isolates, or among what was
 * used once.
 */
import fc from 'fast-check';
import { createGuard } from '../../../src/http/guard/guard.ts';
import { memoryOnce } from '../../../src/store/once.ts';
import { createEndpointResolver } from '../../../src/sts/endpoints.ts';
import { parseToken } from '../../../src/token/parse.ts';
import type { SharedCache } from '../../../src/verifier/shared-cache.ts';
import { shareIdentities } from '../../../src/verifier/shared-identities.ts';
import { createVerifier, type Verifier } from '../../../src/verifier/verifier.ts';
import { ensure, ensureSame, type Property, property } from '../../support/property.ts';
import { spoiltText } from '../../support/spoil.ts';
import { now, wrap } from '../../support/token-builder.ts';
import { anyToken, goodToken } from '../../support/token-inputs.ts';
import { taskContext } from '../../support/verifier-setup.ts';

const endpoints = createEndpointResolver();
const account = '111122223333';
const audiences = [
  'https://a.example.com',
  'https://a.example.com/x',
  'https://a.example.com/x\u0020y',
] as const;
const nonce = 'nonceNONCE0123456789_-';
const digest = 'digestDIGEST0123456789_-digestDIGEST0123456';
const suffixes = ['', `#${nonce}`, `#${digest}`, `#${digest}#${nonce}`] as const;

/** Another spelling of a token's URL: other bytes, and the same meaning to STS. */
function respelt(token: string): string {
  const url = atob(token.slice('k8s-aws-v1.'.length).replaceAll('-', '+').replaceAll('_', '/'));
  const [head, query = ''] = url.split('?');
  return wrap(`${head}?${query.split('&').reverse().join('&')}`);
}

/** An STS that calls whoever asks by the number of the call. */
class CountingSts {
  calls = 0;
  readonly audiences: (string | null)[] = [];

  readonly fetch = (async (_: string, init: RequestInit): Promise<Response> => {
    this.calls++;
    this.audiences.push(new Headers(init.headers).get('x-k8s-aws-id'));
    const session = `call-${this.calls}`;
    const Arn = `arn:aws:sts::${account}:assumed-role/Role/${session}`;
    const result = { Account: account, Arn, UserId: `AROAEXAMPLEID0000000A:${session}` };
    return Response.json({ GetCallerIdentityResponse: { GetCallerIdentityResult: result } });
  }) as typeof fetch;
}

/** A cache of several isolates that remembers its keys. */
class WatchedCache implements SharedCache {
  readonly values = new Map<string, string>();

  async get(key: string): Promise<string | undefined> {
    return this.values.get(key);
  }

  async set(key: string, value: string): Promise<void> {
    this.values.set(key, value);
  }

  async delete(key: string): Promise<void> {
    this.values.delete(key);
  }
}

interface Questions {
  readonly tokens: readonly string[];
  readonly asked: readonly {
    readonly token: number;
    readonly audience: string;
    readonly suffix: string;
    readonly isolate: number;
  }[];
}

/** A token that is good at {@link now}, and not in its very last millisecond, when nothing is remembered any more. */
const lastingToken: fc.Arbitrary<string> = goodToken
  .filter(({ token, now: at }) => {
    if (at !== now) return false;
    const request = parseToken(token, { endpoints, now });
    return request.ok && request.expiresAt > now;
  })
  .map(({ token }) => token);

const questions: fc.Arbitrary<Questions> = fc.record({
  tokens: fc.array(lastingToken, { minLength: 1, maxLength: 3 }),
  asked: fc.array(
    fc.record({
      token: fc.nat(5),
      audience: fc.constantFrom(...audiences),
      suffix: fc.constantFrom(...suffixes),
      isolate: fc.nat(1),
    }),
    { minLength: 2, maxLength: 10 },
  ),
});

async function noneIsShared({ tokens, asked }: Questions): Promise<boolean> {
  const all = [...new Set(tokens.flatMap((token) => [token, respelt(token)]))];
  const sts = new CountingSts();
  const shared = new WatchedCache();
  const verifiers = new Map<string, Verifier>();
  /** What is to be remembered where: who STS said that it was. */
  const held = new Map<string, string>();
  const called: string[] = [];
  for (const { token: at, audience, suffix, isolate } of asked) {
    const token = all[at % all.length] as string;
    const name = `${isolate} ${audience}`;
    const verifier =
      verifiers.get(name) ??
      createVerifier({ audience, fetch: sts.fetch, clock: () => now, shared: shareIdentities(shared) });
    verifiers.set(name, verifier);
    const context = taskContext();
    const result = await verifier.verify(token, { suffix, context });
    await Promise.all(context.kept);
    if (result.verdict !== 'verified') throw new Error(`the token was ${result.verdict}`);
    const own = JSON.stringify([isolate, audience, suffix, token]);
    const common = JSON.stringify([audience, token]);
    const known = held.get(own) ?? (suffix === '' ? held.get(common) : undefined);
    const session = result.identity.sessionName as string;
    ensureSame(result.cached, known !== undefined, 'whether it is remembered');
    ensureSame(session, known ?? `call-${sts.calls}`, 'who it is');
    if (known === undefined) called.push(audience + suffix);
    held.set(own, session);
    if (suffix === '') held.set(common, held.get(common) ?? session);
  }
  ensureSame(sts.audiences, called, 'what STS was asked');
  const commons = [...held.keys()].filter((key) => JSON.parse(key).length === 2);
  ensureSame(shared.values.size, commons.length, 'keys of the shared cache');
  for (const [key, value] of shared.values) {
    ensure(/^[\w-]{43}$/.test(key), 'a key that is no digest');
    ensure(!all.some((token) => value.includes(token)), 'a token in the shared cache');
  }
  return called.length >= 2;
}

const nonces = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('A'.repeat(22), 'a'.repeat(22), `${'A'.repeat(21)}_`) },
  { weight: 1, arbitrary: spoiltText(fc.constant('A'.repeat(22)), ['#'], 'aA_-# =') },
);

/** The attack: a one-time token that is sent again, or a nonce that is another by its spelling. */
async function nonceCountsOnce(
  given: readonly { readonly nonce: string; readonly token: string }[],
): Promise<boolean> {
  const sts = new CountingSts();
  const guard = createGuard({
    verifier: createVerifier({ audience: audiences[0], fetch: sts.fetch, clock: () => now }),
    allow: { accounts: [account] },
    oneTime: memoryOnce({ clock: () => now }),
  });
  const used = new Set<string>();
  let granted = 0;
  for (const { nonce: text, token } of given) {
    const headers = { authorization: `Bearer ${token}`, 'callerid-nonce': text };
    const request = new Request(audiences[0], { headers });
    const sent = request.headers.get('callerid-nonce') ?? '';
    const { caller } = await guard(request);
    const isFirst = /^[\w-]{22}$/.test(sent) && !used.has(sent);
    ensureSame(caller !== undefined, isFirst, `whether ${sent} lets somebody in`);
    if (isFirst) used.add(sent);
    if (caller !== undefined) granted++;
  }
  ensure(
    sts.audiences.every((audience) => used.has(audience?.split('#')[1] ?? '')),
    'STS was asked for another nonce',
  );
  return granted >= 2;
}

export const caches: readonly Property[] = [
  property({
    name: 'cache: no two questions share an answer, in a verifier or between isolates',
    cost: 20,
    input: questions,
    check: noneIsShared,
  }),
  property({
    name: 'cache: a nonce lets in once, with whatever token',
    cost: 20,
    input: fc.array(
      fc.record({
        nonce: nonces,
        token: lastingToken,
      }),
      { minLength: 2, maxLength: 6 },
    ),
    check: nonceCountsOnce,
  }),
  property({
    name: 'cache: no accepted token ends a key early, or begins as a suffix does',
    input: anyToken,
    check: ({ token, now: at }) => {
      if (!parseToken(token, { endpoints, now: at }).ok) return false;
      // Keys are parts with a line end between them, of which the token is the last.
      ensure(/^[\x21-\x7e]+$/.test(token) && !token.includes('#'), 'a token with what parts a key');
      return true;
    },
  }),
];
