/**
 * JSON in and out: a parsed body becomes a review, and a decision an answer.
 *
 * @module
 */
import { decisionAnswer } from '../../src/http/answers.ts';
import type { Identity } from '../../src/identity/identity.ts';
import type { Mapped } from '../../src/review/decide.ts';
import { readTokenReview } from '../../src/review/token-review.ts';
import { inTurn, nsOf } from '../batches.ts';
import type { Extent, Figure } from '../figure.ts';
import { beside } from './beside.ts';
import { identities, now, tokenSamples } from './samples.ts';

const apiVersion = 'authentication.k8s.io/v1';

/** Beside `JSON.parse` and `JSON.stringify` of the same bytes. Both sides put those into a `Response` with the same headers. */
export async function jsonFigure(extent: Extent): Promise<Figure> {
  const tokens = await tokenSamples('session');
  const bodies = tokens.map(({ token }) => bodyOf(token));
  const decisions = identities.map(decisionOf);
  const decisionId = crypto.randomUUID();
  const ours = (turn: number) => {
    const review = readTokenReview(JSON.parse(inTurn(bodies, turn)));
    if (!review.ok) throw new Error(review.code);
    return decisionAnswer(review, inTurn(decisions, turn), decisionId);
  };
  const answers = decisions.map(({ user }) => {
    return { apiVersion, kind: 'TokenReview', status: { authenticated: true, user } };
  });
  const first = ours(0);
  const init = { status: first.status, headers: Object.fromEntries(first.headers) };
  if ((await first.text()) !== JSON.stringify(answers[0]))
    throw new Error('the yardstick answers something else');
  const yardstick = (turn: number) => {
    const { kind } = JSON.parse(inTurn(bodies, turn));
    if (kind !== 'TokenReview') throw new Error('no review');
    return new Response(JSON.stringify(inTurn(answers, turn)), init);
  };
  return beside(
    'json',
    (ms) => nsOf(ours, ms),
    (ms) => nsOf(yardstick, ms),
    extent,
  );
}

/** As an API server writes it. */
function bodyOf(token: string): string {
  return JSON.stringify({
    kind: 'TokenReview',
    apiVersion,
    metadata: { creationTimestamp: null },
    spec: { token, audiences: ['https://kubernetes.default.svc'] },
    status: { user: {} },
  });
}

function decisionOf(identity: Identity): Mapped {
  const { arn, canonicalArn, account, principalId = '', sessionName = '', accessKeyId = '' } = identity;
  const user = {
    username: `team:${sessionName}`,
    uid: `aws-iam-authenticator:${account}:${principalId}`,
    groups: ['team', 'developers'],
    extra: {
      arn: [arn],
      canonicalArn: [canonicalArn],
      sessionName: [sessionName],
      accessKeyId: [accessKeyId],
      principalId: [principalId],
    },
  };
  const facts = { identity, cached: true, verifiedAt: now, policyVersion: 1, rule: `role ${canonicalArn}` };
  return { verdict: 'mapped', ...facts, user, audiences: undefined };
}
