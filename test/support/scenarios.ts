/**
 * Every outcome of a review, each with a way to get there: what `decide` says of it, and under which code.
 */

import type { Fault } from '../../src/emulator/faults.ts';
import type { Principal } from '../../src/emulator/principals.ts';
import type { Code } from '../../src/errors/codes.ts';
import type { SignOptions } from '../../src/token/sign.ts';
import { type Deployment, host, people, staging } from './deployment.ts';
import { wrap } from './token-builder.ts';

export type Verdict = 'mapped' | 'denied' | 'refused' | 'foreign' | 'throttled' | 'unavailable';

export interface Scenario {
  readonly name: string;
  readonly verdict: Verdict;
  readonly code?: Code;
  /** Prepares the deployment and gives the token. */
  readonly arrange: (deployment: Deployment) => Promise<string>;
  readonly audiences?: readonly string[];
  /** Short where STS is silent, and elsewhere long enough for a busy machine. */
  readonly stsDeadlineMs: number;
}

type Draft = Omit<Scenario, 'stsDeadlineMs'> & Partial<Pick<Scenario, 'stsDeadlineMs'>>;

const minute = 60_000;

/** A person, and how he or she signs. */
function signed(who: Principal, options: Partial<SignOptions> = {}): Scenario['arrange'] {
  return (deployment) => deployment.sign(who, options);
}

/** The admin's good token, changed. */
function changed(change: (token: string) => string): Scenario['arrange'] {
  return async (deployment) => change(await deployment.sign(people.admin));
}

/** The admin's good token, its URL changed. */
function rewritten(change: (url: string) => string): Scenario['arrange'] {
  return changed((token) => wrap(change(decode(token))));
}

export function decode(token: string): string {
  return atob(token.slice('k8s-aws-v1.'.length).replaceAll('-', '+').replaceAll('_', '/'));
}

/** The admin's good token, while STS goes wrong. */
function during(fault: Fault, options: Partial<SignOptions> = {}): Scenario['arrange'] {
  return (deployment) => {
    deployment.sts.setFault(fault);
    return deployment.sign(people.admin, options);
  };
}

function without(code: Code, act: (deployment: Deployment) => unknown): Pick<Scenario, 'code' | 'arrange'> {
  return {
    code,
    async arrange(deployment) {
      await act(deployment);
      return deployment.sign(people.admin);
    },
  };
}

/** An endpoint of the right shape that is in no table: the caller may have made it up. */
const invented = { endpoint: { host: 'sts.us-newland-1.amazonaws.com', region: 'us-newland-1' } };

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIiwic3ViIjoic2VjcmV0LXN1YmplY3QifQ.c2VjcmV0LXNpZ25hdHVyZQ';

const mapped: readonly Draft[] = (
  [
    ['a role', people.admin],
    ['a user', people.bob],
    ['a federated user', people.federated],
    ['a root user who is named', people.root],
    ['whoever is in a mapped account', people.accountMember],
    ['a region too new for the table', people.admin, invented],
  ] as const
).map(([name, who, options]) => ({ name, verdict: 'mapped', arrange: signed(who, options) }));

const denied: readonly Draft[] = (
  [
    ['nobody mapped this role', people.stranger, 'not_mapped'],
    ['the root user of a mapped account', people.accountRoot, 'not_mapped'],
    ['a variable that this deployment cannot resolve', people.node, 'template_unavailable'],
    ['a session name that would complete a reserved prefix', people.sneak, 'name_reserved'],
    ['a session name that makes the username too long', people.lengthy, 'name_malformed'],
    ['a user where the rule wants a session name', people.sessionless, 'template_empty'],
  ] as const
).map(([name, who, code]) => ({ name, verdict: 'denied', code, arrange: signed(who) }));

const refusedRows: readonly (readonly [name: string, arrange: Scenario['arrange'], code: Code])[] = [
  ['signed for another cluster', signed(people.admin, { audience: staging }), 'sts_signature_mismatch'],
  ['a key that STS does not know', signed(people.unknownToSts), 'sts_access_key_unknown'],
  [
    'another secret key',
    signed({ ...people.admin, secretAccessKey: people.bob.secretAccessKey }),
    'sts_signature_mismatch',
  ],
  [
    "another session's session token",
    signed({ ...people.admin, sessionToken: people.stranger.sessionToken as string }),
    'sts_access_key_unknown',
  ],
  [
    'the access key ID of somebody else put in',
    rewritten((url) => url.replace(people.admin.accessKeyId, people.accountMember.accessKeyId)),
    'sts_access_key_unknown',
  ],
  [
    'another region than signed',
    rewritten((url) => url.replaceAll('eu-west-1', 'eu-west-2')),
    'sts_signature_mismatch',
  ],
  [
    'a day-old token',
    async (deployment) => deployment.sign(people.admin, { now: deployment.time - 24 * 60 * minute }),
    'token_expired',
  ],
  [
    'a token signed ahead of its time',
    async (deployment) => deployment.sign(people.admin, { now: deployment.time + 6 * minute }),
    'date_in_future',
  ],
  ['another host', rewritten((url) => url.replace(host, 'sts.evil.example')), 'host_not_sts'],
  ['another action', rewritten((url) => url.replace('GetCallerIdentity', 'GetSessionToken')), 'query_action'],
  ['padding', changed((token) => `${token}=`), 'token_encoding'],
  ['a token that is too long', changed((token) => token.padEnd(9000, 'A')), 'token_too_long'],
  [
    'the key has no right to ask',
    during({ type: 'fail', status: 403, code: 'AccessDenied' }),
    'sts_access_denied',
  ],
];

const refused: readonly Draft[] = refusedRows.map(([name, arrange, code]) => ({
  name,
  verdict: 'refused',
  code,
  arrange,
}));

/** An outage of a host that the caller made up is no outage. */
const inventedHosts: readonly Draft[] = (
  [
    ['does not resolve', { type: 'reset' }],
    ['does not resolve, as Workers tell it', { type: 'fail', status: 530 }],
    ['fails', { type: 'fail', status: 500 }],
    ['is silent', { type: 'stall' }],
    ['falls silent', { type: 'stall-body' }],
    ['answers with a page', { type: 'nonsense', shape: 'html' }],
    ['redirects', { type: 'redirect', location: 'https://sts.eu-west-1.amazonaws.com/' }],
  ] as const
).map(([name, fault]) => ({
  name: `a region made up, whose host ${name}`,
  verdict: 'refused',
  code: 'sts_host_unlisted',
  arrange: during(fault, invented),
  ...deadlineFor(fault),
}));

const foreign: readonly Draft[] = (
  [
    ['a service account token', async () => jwt],
    ['an empty token', async () => ''],
    ['our prefix in upper case', changed((token) => token.replace('k8s', 'K8S'))],
    ['a good token behind a space', changed((token) => ` ${token}`)],
  ] as const
).map(([name, arrange]) => ({ name, verdict: 'foreign', arrange }));

const outages: readonly Draft[] = (
  [
    ['STS throttles', { type: 'throttle' }, 'sts_throttled'],
    ['STS throttles in other words', { type: 'throttle', code: 'RequestLimitExceeded' }, 'sts_throttled'],
    ['STS throttles by 429', { type: 'throttle', status: 429, code: 'Slow' }, 'sts_throttled'],
    ['STS fails', { type: 'fail', status: 500 }, 'sts_failing'],
    ['an intermediary fails', { type: 'fail', status: 502 }, 'sts_failing'],
    ['the connection breaks', { type: 'reset' }, 'sts_unreachable'],
    ['the answer breaks off', { type: 'cut' }, 'sts_unreachable'],
    ['STS is silent', { type: 'stall' }, 'sts_timeout'],
    ['STS falls silent', { type: 'stall-body' }, 'sts_timeout'],
    ['a redirect', { type: 'redirect', location: 'https://evil.example/' }, 'sts_answer_unexpected'],
    ['an endless answer', { type: 'oversize', mib: 1 }, 'sts_answer_unexpected'],
    ['a captive portal', { type: 'nonsense', shape: 'html' }, 'sts_answer_unexpected'],
    ['the true answer as text', { type: 'nonsense', shape: 'wrong-content-type' }, 'sts_answer_unexpected'],
    ['an error that nobody knows', { type: 'fail', status: 400, code: 'Novelty' }, 'sts_answer_unexpected'],
  ] as const
).map(([name, fault, code]) => ({
  name,
  verdict: code === 'sts_throttled' ? 'throttled' : 'unavailable',
  code,
  arrange: during(fault),
  ...deadlineFor(fault),
}));

const withoutPolicy: readonly Draft[] = [
  { name: 'no policy', ...without('policy_missing', (deployment) => deployment.remove()) },
  {
    name: 'the store fails',
    ...without('policy_unavailable', (deployment) => {
      deployment.storeError = new Error('no such thing: policy/prod.example.com at kv-internal.example');
    }),
  },
  { name: 'no JSON in the store', ...without('policy_unavailable', (deployment) => deployment.corrupt('{')) },
].map((scenario) => ({ ...scenario, verdict: 'unavailable' }));

/** Where silence is not what is waited for, a deadline is for failing tests only. */
function deadlineFor({ type }: Fault): Pick<Draft, 'stsDeadlineMs'> {
  return type.startsWith('stall') ? { stsDeadlineMs: 60 } : {};
}

const drafts: readonly Draft[] = [
  ...mapped,
  ...denied,
  ...refused,
  ...inventedHosts,
  ...foreign,
  ...outages,
  ...withoutPolicy,
];

/** All of them. */
export const scenarios: readonly Scenario[] = drafts.map((draft) => ({ stsDeadlineMs: 5000, ...draft }));
