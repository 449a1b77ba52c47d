/**
 * What holds for the apps as a whole: any request gets an answer of the table, nobody is let in for whom STS did not vouch, and
 * nothing of a token is told.
 */
import fc from 'fast-check';
import { bindToRequest } from '../../../src/http/guard/binding.ts';
import { createGuard } from '../../../src/http/guard/guard.ts';
import { accessRecord } from '../../../src/http/guard/record.ts';
import { exchangeGrant, signedUrlType } from '../../../src/http/issuer/request.ts';
import { memoryOnce } from '../../../src/store/once.ts';
import { createVerifier } from '../../../src/verifier/verifier.ts';
import stsText from '../../fixtures/sts-responses.json?raw';
import { type Answer, account, bearer, Deployment, people, prod } from '../../support/deployment.ts';
import { IssuerScene, orders } from '../../support/issuer-setup.ts';
import { ensure, ensureSame, type Property, property } from '../../support/property.ts';
import { spoiltJsonText, spoiltText } from '../../support/spoil.ts';
import { now, wrap } from '../../support/token-builder.ts';

/** Statuses that an API server may meet. */
const statuses = [200, 400, 401, 404, 405, 413, 415, 429, 503];

/** What a URL means: its host and its parameters, decoded, in no order. */
function meaningOf(url: string): string {
  const { host, searchParams } = new URL(url);
  return JSON.stringify([host, [...searchParams].sort()]);
}

function urlOf(token: string): string {
  return atob(token.slice('k8s-aws-v1.'.length).replaceAll('-', '+').replaceAll('_', '/'));
}

/** A deployment, its good tokens, and what STS vouched for. */
interface Scene {
  readonly deployment: Deployment;
  readonly tokens: readonly string[];
  readonly vouched: Set<string>;
  /** In place of the answer of the emulated STS. */
  instead: (() => Response) | undefined;
}

let made: Promise<Scene> | undefined;

async function start(): Promise<Scene> {
  const vouched = new Set<string>();
  const deployment: Deployment = await Deployment.start({
    identitySeconds: 0,
    fetch: (async (url: string, init: RequestInit) => {
      const answer = scene.instead?.() ?? (await deployment.sts.fetch(url, init));
      if (answer.status === 200) vouched.add(meaningOf(url));
      return answer;
    }) as typeof fetch,
  });
  const { unknownToSts, ...known } = people;
  const tokens = await Promise.all(
    [...Object.values(known), unknownToSts].map((who) => deployment.sign(who)),
  );
  const scene: Scene = { deployment, tokens, vouched, instead: undefined };
  return scene;
}

/** A token of somebody, by number, and how its text or its URL is changed. */
const tokens = fc.record({
  who: fc.nat(20),
  other: fc.nat(20),
  how: fc.constantFrom('as it is', 'as it is', 'reversed', 'crossed', 'spoilt', 'spoilt inside', 'another'),
  at: fc.nat(3000),
  put: spoiltText(fc.constant(''), ['&', '=', '%2F', 'X-Amz-Date', 'k8s-aws-v1.', '-', 'AAAA']),
});

type TokenChoice = typeof tokens extends fc.Arbitrary<infer T> ? T : never;

function tokenOf(good: readonly string[], { who, other, how, at, put }: TokenChoice): string {
  const token = good[who % good.length] as string;
  const url = urlOf(token);
  const cut = (text: string): string => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + put + text.slice(place + 1);
  };
  switch (how) {
    case 'as it is':
      return token;
    case 'reversed':
      return wrap(url.replace(/\?.*/, (query) => `?${query.slice(1).split('&').reverse().join('&')}`));
    case 'crossed': {
      // The attack: to borrow somebody else's key, session or signature.
      const theirs = urlOf(good[other % good.length] as string).split('&');
      const mine = url.split('&');
      return wrap(
        mine.map((pair, place) => (place === at % mine.length ? (theirs[place] ?? pair) : pair)).join('&'),
      );
    }
    case 'spoilt':
      return cut(token);
    case 'spoilt inside':
      return wrap(cut(url));
    case 'another':
      return put;
  }
}

/** Nothing of a token is told, neither in an answer nor in a log line. */
function ensureUntold(token: string, told: string): void {
  const secrets = [
    token,
    ...(/X-Amz-(?:Signature|Security-Token)=([^&]{16,})/.exec(safeUrl(token))?.slice(1) ?? []),
  ];
  for (const secret of secrets) ensure(secret.length < 16 || !told.includes(secret), `${secret} was told`);
  ensure(!/X-Amz-[A-Za-z-]+=|k8s-aws-v1\.[\w-]{16}/.test(told), 'a URL or a token was told');
}

function safeUrl(token: string): string {
  try {
    return urlOf(token);
  } catch {
    return '';
  }
}

const reserved = /^(?:system|eks|aws|amazon|iam):/i;

/** Whoever is let in has names that the policy wrote, or a caller's that are not reserved. */
function ensureNames({ username, groups, extra }: Answer['body']): void {
  ensure(!reserved.test(username), `the reserved name ${username}`);
  for (const group of groups) {
    const isAdmin = extra.canonicalArn[0] === `arn:aws:iam::${account}:role/Admin`;
    ensure(!reserved.test(group) || (group === 'system:masters' && isAdmin), `the reserved group ${group}`);
  }
}

const bodies = spoiltJsonText(
  fc.constantFrom('authentication.k8s.io/v1', 'authentication.k8s.io/v1beta1').map((apiVersion) => ({
    apiVersion,
    kind: 'TokenReview',
    spec: { token: 'TOKEN', audiences: ['https://kubernetes.default.svc'] },
  })),
  ['apiVersion', 'kind', 'spec', 'token', 'audiences'],
);

/** From the root on: a server gives no other. */
function rooted(text: string): string {
  return text.startsWith('/') ? text : `/${text}`;
}

const paths = spoiltText(
  fc.constantFrom('/authenticate', `/clusters/${prod}/authenticate`, '/healthz', '/readyz'),
  ['/', '%2F', '%', '//', '..', '?a=b', '#', 'clusters', '%61'],
).map(rooted);

const calls = fc.record({
  path: fc.oneof({ weight: 8, arbitrary: fc.constant('/authenticate') }, paths),
  method: fc.oneof(
    { weight: 16, arbitrary: fc.constant('POST') },
    fc.constantFrom('GET', 'PUT', 'DELETE', 'HEAD'),
  ),
  type: fc.oneof(
    { weight: 16, arbitrary: fc.constant('application/json') },
    fc.constantFrom('text/plain', 'application/json;x'),
  ),
  authorization: fc.oneof(
    { weight: 16, arbitrary: fc.constant(bearer(prod)) },
    spoiltText(fc.constant(bearer(prod)), ['Bearer '], 'aZ0 -').map((text) => text.trim()),
  ),
  body: fc.oneof({ weight: 1, arbitrary: bodies }, { weight: 4, arbitrary: fc.constant(undefined) }),
});

type Call = typeof calls extends fc.Arbitrary<infer T> ? T : never;

const whole = JSON.stringify({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenReview',
  spec: { token: 'TOKEN' },
});

async function answersByTheTable(
  call: Call,
  chosen: (good: readonly string[]) => string,
  instead?: () => Response,
): Promise<boolean> {
  made ??= start();
  const scene = await made;
  const { deployment, vouched } = scene;
  scene.instead = instead;
  deployment.log.length = 0;
  vouched.clear();
  const token = chosen(scene.tokens);
  const hasBody = call.method === 'POST' || call.method === 'PUT';
  const body = (call.body ?? whole).replace('"TOKEN"', () => JSON.stringify(token));
  const answer = await deployment.send(call.path, {
    method: call.method,
    headers: { 'content-type': call.type, authorization: call.authorization },
    ...(hasBody && { body }),
  });
  ensure(statuses.includes(answer.status), `the status ${answer.status}`);
  ensureUntold(token, answer.text + JSON.stringify([...answer.headers]) + JSON.stringify(deployment.log));
  for (const { code } of deployment.log) ensure(code !== 'internal', 'it broke inside');
  const user = answer.body?.status?.authenticated === true ? answer.body.status.user : undefined;
  if (user === undefined) {
    ensure(!answer.text.includes('"authenticated":true'), 'somebody is let in without a name');
    return false;
  }
  ensure(call.authorization.slice(7) === bearer(prod).slice(7), 'another API server was answered');
  ensure(vouched.has(meaningOf(urlOf(token))), 'somebody is let in for whom STS did not vouch');
  ensureNames(user);
  return true;
}

interface StsFixture {
  readonly status: number;
  readonly body: unknown;
}

const stsAnswers = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc
        .record({
          role: fc.constantFrom('Admin', 'Node', 'Suffixed', 'Lengthy', 'system'),
          session: fc.oneof(
            fc.constantFrom('system', 'SYSTEM', 'eks', 'alice@example.com'),
            spoiltText(fc.constant('alice'), [':', '/', 'system:', '{{RoleName}}', ' ']),
          ),
        })
        .map(({ role, session }) => ({
          status: 200,
          body: {
            GetCallerIdentityResponse: {
              GetCallerIdentityResult: {
                Account: account,
                Arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
                UserId: `AROAEXAMPLEID0000000A:${session}`,
              },
            },
          },
        })),
    },
    { weight: 1, arbitrary: fc.constantFrom(...(JSON.parse(stsText) as readonly StsFixture[])) },
  )
  .chain(({ status, body }) =>
    fc.record({
      status: fc.constant(status),
      body: fc.oneof(
        { weight: 2, arbitrary: fc.constant(JSON.stringify(body)) },
        spoiltJsonText(fc.constant(body)),
      ),
    }),
  );

const goodCall: Call = {
  path: '/authenticate',
  method: 'POST',
  type: 'application/json',
  authorization: bearer(prod),
  body: undefined,
};

/** The issuers of a deployment, and a good token for one. */
let issuing: Promise<{ readonly scene: IssuerScene; readonly tokens: readonly string[] }> | undefined;

async function startIssuing(): Promise<Awaited<NonNullable<typeof issuing>>> {
  const scene = await IssuerScene.start();
  const good = await scene.sign();
  return { scene, tokens: [good, good, good, await scene.sign(undefined, `${orders}x`)] };
}

const exchanges = fc.record({
  token: tokens,
  path: fc.oneof(
    { weight: 3, arbitrary: fc.constant('/clusters/orders/token') },
    spoiltText(
      fc
        .constantFrom('token', 'jwks.json', '.well-known/openid-configuration')
        .map((end) => `/clusters/orders/${end}`),
      ['/', '%2F', '..', 'billing'],
    ).map(rooted),
  ),
  more: fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    spoiltText(fc.constant('&audience=x'), ['&actor_token=x', '&subject_token=x', '%', '&resource=']),
  ),
});

type Exchanging = typeof exchanges extends fc.Arbitrary<infer T> ? T : never;

async function exchangesByTheTable({ token: choice, path, more }: Exchanging): Promise<boolean> {
  issuing ??= startIssuing();
  const { scene, tokens: good } = await issuing;
  scene.log.length = 0;
  const token = tokenOf(good, choice);
  const form = new URLSearchParams({
    grant_type: exchangeGrant,
    subject_token: token,
    subject_token_type: signedUrlType,
  });
  const answer = await scene.post(form.toString() + more, {}, path);
  ensure([...statuses, 403].includes(answer.status), `the status ${answer.status}`);
  for (const { code } of scene.log) ensure(code !== 'internal', 'it broke inside');
  const { access_token: given, ...rest } = answer.body ?? {};
  ensureUntold(token, JSON.stringify(rest) + JSON.stringify(scene.log));
  if (given === undefined) return false;
  ensureSame(meaningOf(urlOf(token)), meaningOf(urlOf(good[0] as string)), 'whose token was exchanged');
  ensure(!JSON.stringify(scene.log).includes(String(given)), 'the JWT was logged');
  return true;
}

const guarded = fc.record({
  token: tokens,
  nonce: fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.constantFrom('A'.repeat(22), 'x')),
  path: spoiltText(fc.constant('/v1/orders?a=b'), ['/', '%2F', '..', '?', '#', '//']).map(rooted),
  prefix: fc.oneof(
    { weight: 6, arbitrary: fc.constant('Bearer ') },
    fc.constantFrom('', 'Basic ', 'Bearer  ', 'bearer '),
  ),
});

type Guarded = typeof guarded extends fc.Arbitrary<infer T> ? T : never;

/** A guard that lets everybody of the account in, before the STS of the deployment. */
async function guardsByTheTable({ token: choice, nonce, path, prefix }: Guarded): Promise<boolean> {
  made ??= start();
  const scene = await made;
  scene.instead = undefined;
  scene.vouched.clear();
  const told: unknown[] = [];
  const token = tokenOf(scene.tokens, choice);
  const guard = createGuard({
    verifier: createVerifier({
      audience: prod,
      clock: () => now,
      fetch: (async (url: string, init: RequestInit) => {
        const answer = await scene.deployment.sts.fetch(url, init);
        if (answer.status === 200) scene.vouched.add(meaningOf(url));
        return answer;
      }) as typeof fetch,
    }),
    allow: { accounts: [account] },
    log: (event) => told.push(accessRecord(event)),
    ...(nonce !== '' && { oneTime: memoryOnce({ clock: () => now }) }),
    ...(path.includes('//') && { binding: bindToRequest() }),
  });
  const headers = new Headers(nonce === '' ? {} : { 'callerid-nonce': nonce });
  const isSendable = /^[\x21-\x7e]*$/.test(token);
  if (isSendable) headers.set('authorization', prefix + token);
  const { caller, response } = await guard(new Request(`https://orders.example.com${path}`, { headers }));
  const text = caller === undefined ? await response.text() : '';
  ensureUntold(token, text + JSON.stringify(told));
  if (caller === undefined) {
    ensure([400, 401, 403, 413, 429, 503].includes(response.status), `the status ${response.status}`);
    ensure(!JSON.stringify(told).includes('"internal"'), 'it broke inside');
    return false;
  }
  ensure(
    isSendable && scene.vouched.has(meaningOf(urlOf(token))),
    'somebody is let in for whom STS did not vouch',
  );
  ensure(nonce === '' && !path.includes('//'), 'a token without a suffix was taken for one with it');
  return true;
}

export const apps: readonly Property[] = [
  property({
    name: 'app: the webhook answers by the table, and lets in for whom STS vouched',
    cost: 15,
    input: fc.tuple(calls, tokens),
    check: ([call, choice]) => answersByTheTable(call, (good) => tokenOf(good, choice)),
  }),
  property({
    name: 'app: whatever STS answers, nobody gets a reserved name and nothing breaks',
    cost: 15,
    leastAccepted: 0.15,
    input: fc.record({
      // Else a refusal that is remembered would answer for the next.
      signature: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 }),
      answer: stsAnswers,
    }),
    check: ({ signature, answer: { status, body } }) =>
      answersByTheTable(
        goodCall,
        ([good = '']) => wrap(urlOf(good).replace(/[0-9a-f]{64}$/, signature)),
        () => new Response(body, { status, headers: { 'content-type': 'application/json' } }),
      ),
  }),
  property({
    name: 'app: an issuer gives a JWT for a token that was signed for it, and for no other',
    cost: 40,
    leastAccepted: 0.1,
    input: exchanges,
    check: exchangesByTheTable,
  }),
  property({
    name: 'app: a guard lets in for whom STS vouched, and tells nothing of a token',
    cost: 15,
    leastAccepted: 0.1,
    input: guarded,
    check: guardsByTheTable,
  }),
];
