/**
 * The issuers of a deployment, one for each cluster: `/clusters/ID/.well-known/…` and `POST /clusters/ID/token`.
 *
 * @module
 */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { ConfigurationError } from '../../errors/classes.ts';
import { refuse } from '../../errors/refusal.ts';
import type { TaskContext } from '../../lib/flights.ts';
import { type ExchangeIssuer, exchange } from '../../oidc/exchange.ts';
import type { SigningKeys } from '../../oidc/signing-keys.ts';
import type { PolicyReader } from '../../policy/reader.ts';
import { stopwatch, type Wait } from '../../review/waits.ts';
import type { Verifier } from '../../verifier/verifier.ts';
import { errorAnswer as webhookAnswer } from '../answers.ts';
import { keptAnswer, requestErrorAnswer, tokenAnswer } from './answers.ts';
import { configurationOf, documentAnswer } from './documents.ts';
import { type ExchangeLog, type Outcome, outcomeFields } from './record.ts';
import { readTokenRequest } from './request.ts';

/** The issuer of a cluster. */
export interface IssuerOfCluster extends ExchangeIssuer {
  /** Of the cluster. */
  readonly id: string;
  /** `https://callerid.example.com/clusters/ID` */
  readonly url: string;
  readonly keys: Pick<SigningKeys, 'current' | 'publicKeys'>;
  /** Its audience is `url`: a token that was signed for the cluster's webhook, or another issuer, is none for this one. */
  readonly verifier: Pick<Verifier, 'audience' | 'isForeign' | 'verify'>;
  readonly policies: Pick<PolicyReader, 'current' | 'health'>;
}

export interface IssuerOptions {
  readonly issuers: readonly IssuerOfCluster[];
  /** What keeps shared work alive beyond its request; undefined where nothing does, and then nothing is shared. */
  readonly taskContext: (context: Context) => TaskContext | undefined;
  readonly log: ExchangeLog;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/**
 * Makes the routes of all issuers. Which clusters have one is no secret: anybody may read the documents.
 *
 * @throws {ConfigurationError} where a verifier takes tokens for something else than its issuer
 */
export function createIssuer(options: IssuerOptions): Hono {
  const issuers = new Map(options.issuers.map((issuer) => [issuer.id, checked(issuer)]));
  const find = (c: Context) => issuers.get(c.req.param('cluster') ?? '');
  const app = new Hono();
  app.get('/clusters/:cluster/.well-known/openid-configuration', (c) => {
    const issuer = find(c);
    return issuer === undefined ? notFound() : documentAnswer(configurationOf(issuer.url, issuer.keys));
  });
  app.get('/clusters/:cluster/.well-known/jwks.json', (c) => {
    const issuer = find(c);
    return issuer === undefined ? notFound() : documentAnswer(issuer.keys.publicKeys());
  });
  app.all('/clusters/:cluster/token', (c) => {
    const issuer = find(c);
    if (issuer === undefined) return notFound();
    if (c.req.method !== 'POST') return requestErrorAnswer(refuse('method_not_allowed'), crypto.randomUUID());
    return answer(c, issuer, options);
  });
  app.notFound(notFound);
  app.onError(() => keptAnswer({ verdict: 'unavailable' }, crypto.randomUUID()));
  return app;
}

/** As the webhook says of any path where nothing is. */
function notFound(): Response {
  return webhookAnswer('not_found', crypto.randomUUID());
}

function checked(issuer: IssuerOfCluster): IssuerOfCluster {
  const { url, verifier } = issuer;
  if (verifier.audience !== url) {
    throw new ConfigurationError(
      'verifier',
      'takes tokens for something else than the issuer',
      'Make it with the URL of the issuer for its audience.',
    );
  }
  return issuer;
}

/** Answers one request, and logs it whatever came of it: a token that could not be logged does not get out. */
async function answer(c: Context, issuer: IssuerOfCluster, options: IssuerOptions): Promise<Response> {
  const { clock = Date.now, log } = options;
  const startedAt = clock();
  const decisionId = crypto.randomUUID();
  const { wait, waited } = stopwatch(clock);
  const outcome = await run(c, issuer, decisionId, { ...options, clock, wait }).catch(brokenBy);
  const endedAt = clock();
  log({
    event: 'exchange',
    time: new Date(startedAt).toISOString(),
    decisionId,
    cluster: issuer.id,
    ...outcomeFields(outcome, endedAt),
    policyProblem: outcome.kind === 'judged' ? issuer.policies.health().problem : undefined,
    durationMs: Math.max(0, endedAt - startedAt),
    ...waited,
  });
  switch (outcome.kind) {
    case 'rejected':
      return requestErrorAnswer(outcome.refused, decisionId);
    case 'broken':
      return keptAnswer({ verdict: 'unavailable' }, decisionId);
    case 'judged': {
      const { exchange: judged } = outcome;
      if (judged.verdict !== 'issued') return keptAnswer(judged, decisionId);
      return tokenAnswer(judged.issued, decisionId);
    }
  }
}

async function run(
  c: Context,
  issuer: IssuerOfCluster,
  decisionId: string,
  { taskContext, clock, wait }: IssuerOptions & { readonly clock: () => number; readonly wait: Wait },
): Promise<Outcome> {
  const asked = await readTokenRequest(c.req.raw, issuer.audience);
  if (!asked.ok) return { kind: 'rejected', refused: asked };
  const context = taskContext(c);
  const judged = await exchange(asked.subjectToken, issuer, { decisionId, context, clock, wait });
  return { kind: 'judged', exchange: judged };
}

function brokenBy(error: unknown): Outcome {
  return { kind: 'broken', problem: error instanceof Error ? error.name : typeof error };
}
