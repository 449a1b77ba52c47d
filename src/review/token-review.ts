/**
 * The Kubernetes TokenReview, asked and answered (`authentication.k8s.io/v1` and `v1beta1`).
 *
 * @module
 */

import { type Refused, refuse } from '../errors/refusal.ts';
import { member } from '../lib/json.ts';

const apiVersions = ['authentication.k8s.io/v1', 'authentication.k8s.io/v1beta1'] as const;

/** What an API server asks. */
export interface TokenReview {
  readonly ok: true;
  readonly apiVersion: (typeof apiVersions)[number];
  readonly token: string;
  /** The API server's own audiences. They are not what a client signs in `x-k8s-aws-id`, and never compared with it. */
  readonly audiences: readonly string[];
}

/** The user that an API server is told of. */
export interface ReviewUser {
  readonly username: string;
  /** Absent where the token does not tell the principal's ID. */
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export interface ReviewStatus {
  readonly authenticated: boolean;
  readonly user?: ReviewUser;
  readonly audiences?: readonly string[] | undefined;
  readonly error?: string | undefined;
}

/** Reads parsed JSON as a TokenReview. */
export function readTokenReview(value: unknown): TokenReview | Refused<'not_a_review'> {
  const apiVersion = apiVersions.find((version) => version === member(value, 'apiVersion'));
  const spec = member(value, 'spec');
  const token = member(spec, 'token');
  const audiences = member(spec, 'audiences') ?? [];
  if (apiVersion === undefined || member(value, 'kind') !== 'TokenReview' || typeof token !== 'string') {
    return refuse('not_a_review');
  }
  if (!Array.isArray(audiences) || !audiences.every((audience) => typeof audience === 'string')) {
    return refuse('not_a_review');
  }
  return { ok: true, apiVersion, token, audiences };
}

/** Longest `status.error`, in characters. */
const maxErrorLength = 1024;

/** Words of ours for `status.error`: printable and bounded, whatever went into them. */
export function errorText(text: string, decisionId: string): string {
  const end = ` (decision ${decisionId})`;
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, maxErrorLength - end.length) + end;
}
