/**
 * What the answers of a webhook to reviews of doctor's own mean. None of these tokens is good, so whoever is let in by
 * one shows that anybody is.
 *
 * @module
 */
import { shown } from '../text.ts';
import type { WebhookKubeconfig } from '../webhook-kubeconfig.ts';
import { type Finding, fail, ok } from './examination.ts';
import { type ApiVersion, noReview, readReview, tokenReview } from './review.ts';
import type { WebhookAnswer, WebhookRequest } from './webhook-call.ts';

type Call = (request: WebhookRequest) => Promise<WebhookAnswer>;

/** Somebody else's token, and one of ours that breaks the first rule of the grammar. */
const foreignToken = 'doctor-made-this-up';
const malformedToken = 'k8s-aws-v1.!';

const letsIn = fail(
  'it lets in a token that doctor made up: anybody comes in',
  'take it out of the API server at once, and check what is behind this URL',
);

/** Reviews with the credential of the kubeconfig, and with others. */
export function reviewCalls(call: Call, { server, token }: WebhookKubeconfig) {
  const path = `${server.pathname}${server.search}`;
  const of = (
    reviewed: string,
    apiVersion: ApiVersion = 'authentication.k8s.io/v1',
  ): Promise<WebhookAnswer> =>
    call({ path, bearer: token, withCertificate: true, body: tokenReview(apiVersion, reviewed) });
  return {
    of,
    foreign: async (apiVersion: ApiVersion, judge: typeof foreignFinding): Promise<Finding> =>
      judge(await of(foreignToken, apiVersion), apiVersion),
    malformed: async (judge: typeof malformedFinding): Promise<Finding> => judge(await of(malformedToken)),
    /** Without the client certificate, and with another bearer or none. */
    withoutProof: (send: Call, bearer?: string): Promise<WebhookAnswer> =>
      send({ path, bearer, body: tokenReview('authentication.k8s.io/v1', foreignToken) }),
  };
}

/** A foreign token: no, without an error, in the version that was asked in. */
export function foreignFinding(answer: WebhookAnswer, apiVersion: ApiVersion): Finding {
  if (answer.status === 401) {
    const fix =
      'put the SHA-256 digest of the token into CALLERID_API_SERVER_SECRET_SHA256 of the deployment, and check the cluster in the URL';
    return fail('answers 401: it does not take the credential of the kubeconfig', fix);
  }
  const review = readReview(answer);
  if (review === undefined) return noReview(answer);
  if (review.authenticated !== false) return letsIn;
  if (isOfAnother(answer)) return ok('taken, and another authenticator answers no, as in shadow mode');
  if (review.apiVersion !== apiVersion) {
    const seen = `answers in ${shown(review.apiVersion ?? 'no version')} to ${apiVersion}`;
    return fail(seen, 'API servers take that for no answer: check what is behind this URL');
  }
  if (review.error !== undefined) {
    const fix =
      'the API server would log and repeat every token that is not for callerid: check what is behind this URL';
    return fail(`calls a foreign token an error: ${shown(review.error)}`, fix);
  }
  return ok('taken, and a foreign token is answered with no');
}

/** A review with 403: callerid's own have 200. */
function isOfAnother({ status, decisionId }: WebhookAnswer): boolean {
  return status === 403 && decisionId !== undefined;
}

/** A token of ours that is none: refused by its code, and with a decision ID that the log has too. */
export function malformedFinding(answer: WebhookAnswer): Finding {
  const review = readReview(answer);
  if (review === undefined) return noReview(answer);
  if (review.authenticated !== false) return letsIn;
  if (isOfAnother(answer)) return ok('refused by another authenticator, as in shadow mode');
  const [, code, id] = /^(\w+): .*\(decision ([\w-]{1,64})\)$/.exec(review.error ?? '') ?? [];
  if (code === 'token_encoding' && id !== undefined && id === answer.decisionId)
    return ok(`refused (${code}, decision ${id})`);
  const said = review.error === undefined ? 'without a reason' : `as ${shown(review.error)}`;
  const fix = 'check that callerid is behind this URL, and that nothing before it changes answers';
  return fail(`refused ${said}, where token_encoding and the decision ID of the header were expected`, fix);
}

/** A review that was asked for without the credential of the kubeconfig. */
export function unprovenFinding(answer: WebhookAnswer): Finding {
  const review = readReview(answer);
  if (review === undefined) {
    return answer.status === 401 || answer.status === 403
      ? ok(`refused: ${answer.status}`)
      : noReview(answer);
  }
  if (review.authenticated !== false) return letsIn;
  const fix = 'set CALLERID_API_SERVER_SECRET_SHA256 of the deployment, and remove CALLERID_API_SERVER_AUTH';
  return fail('answered: anybody who reaches it may try tokens', fix);
}
