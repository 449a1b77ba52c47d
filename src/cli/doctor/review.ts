/**
 * Reviews that doctor asks for, and their answers.
 *
 * @module
 */
import { member } from '../../lib/json.ts';
import { shown } from '../text.ts';
import { type Finding, fail } from './examination.ts';
import type { WebhookAnswer } from './webhook-call.ts';

export type ApiVersion = 'authentication.k8s.io/v1' | 'authentication.k8s.io/v1beta1';

export function tokenReview(apiVersion: ApiVersion, token: string): object {
  return { apiVersion, kind: 'TokenReview', spec: { token } };
}

/** Of an answer; what is no text there is absent. */
export interface ReadReview {
  readonly apiVersion: string | undefined;
  readonly authenticated: unknown;
  readonly error: string | undefined;
  readonly username: string | undefined;
  readonly groups: readonly string[];
  readonly canonicalArn: string | undefined;
}

/** Reads a TokenReview; undefined where the answer is none. */
export function readReview({ status, json }: WebhookAnswer): ReadReview | undefined {
  const verdict = member(json, 'status');
  const isVerdict = status === 200 || status === 403; // a denial in shadow mode, if the other one denies so
  if (!isVerdict || member(json, 'kind') !== 'TokenReview' || verdict === undefined) return undefined;
  const user = member(verdict, 'user');
  return {
    apiVersion: text(member(json, 'apiVersion')),
    authenticated: member(verdict, 'authenticated'),
    error: text(member(verdict, 'error')),
    username: text(member(user, 'username')),
    groups: texts(member(user, 'groups')),
    canonicalArn: texts(member(member(user, 'extra'), 'canonicalArn'))[0],
  };
}

/** The finding where an answer is no review. */
export function noReview({ status, json, decisionId }: WebhookAnswer): Finding {
  const message = text(member(json, 'message'));
  const id = decisionId === undefined ? '' : ` (decision ${shown(decisionId)})`;
  const said = message === undefined ? `answers ${status}${id}` : `answers ${status}: ${shown(message)}`;
  if (status === 429 || status >= 500)
    return fail(said, 'find that decision in the log of the webhook, and try again');
  if (status === 404) return fail(said, 'correct the path of the server in the kubeconfig');
  return fail(
    `${said}, where a TokenReview was expected`,
    'check that callerid is behind this URL, and what stands before it',
  );
}

/** A little more than a reason of callerid's, in characters. */
const maxShown = 1100;

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, maxShown) : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((one) => typeof one === 'string').map((one) => one.slice(0, maxShown))
    : [];
}
