/**
 * The operations of the admin API, as they are routed and their requests checked. What they answer is in `responses.ts`.
 *
 * @module
 */
import type { GenericSchema } from 'valibot';
import * as requests from './requests.ts';

export interface Operation {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** In Hono's words: `:name` is a parameter. */
  readonly path: string;
  /** Of the JSON body. */
  readonly request?: GenericSchema;
  /** The body is a part of a policy, as text. */
  readonly takesPart?: true;
  /** Parameters of the query, each a whole number. */
  readonly query?: readonly string[];
}

const policy = '/clusters/:cluster/policy';

export const operations = {
  getPolicy: {
    method: 'GET',
    path: policy,
    query: ['version', 'unbelieved'],
  },
  applyPolicy: {
    method: 'PUT',
    path: policy,
    request: requests.applyRequest,
  },
  lintPolicy: {
    method: 'POST',
    path: `${policy}/lint`,
    request: requests.lintRequest,
  },
  history: {
    method: 'GET',
    path: `${policy}/history`,
  },
  rollback: {
    method: 'POST',
    path: `${policy}/rollback`,
    request: requests.rollbackRequest,
  },
  missingParts: {
    method: 'POST',
    path: `${policy}/parts/missing`,
    request: requests.missingRequest,
  },
  putPart: {
    method: 'PUT',
    path: `${policy}/parts/:hash`,
    takesPart: true,
  },
  applyManifest: {
    method: 'POST',
    path: `${policy}/manifest`,
    request: requests.manifestRequest,
  },
  explain: {
    method: 'POST',
    path: '/clusters/:cluster/explain',
    request: requests.explainRequest,
  },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof operations;
