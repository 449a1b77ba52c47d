/**
 * The operations of the admin API.
 *
 * @module
 */
import type { GenericSchema } from 'valibot';
import * as schemas from './schemas.ts';

export interface Operation {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** In Hono's words: `:name` is a parameter. */
  readonly path: string;
  readonly summary: string;
  /** Of the JSON body. */
  readonly request?: GenericSchema;
  /** The body is a part of a policy, as text. */
  readonly takesPart?: true;
  /** Parameters of the query, each a whole number. */
  readonly query?: readonly string[];
  /** Of the answer with status 200. */
  readonly response: GenericSchema;
  /** Statuses of refusals, beside those that any operation has. */
  readonly refusals?: readonly number[];
}

const policy = '/clusters/:cluster/policy';

export const operations = {
  getPolicy: {
    method: 'GET',
    path: policy,
    summary: 'The current policy, or that of a version',
    query: ['version'],
    response: schemas.policyResponse,
    refusals: [422],
  },
  applyPolicy: {
    method: 'PUT',
    path: policy,
    summary: 'Writes the next version',
    request: schemas.applyRequest,
    response: schemas.changeResponse,
    refusals: [409, 422],
  },
  lintPolicy: {
    method: 'POST',
    path: `${policy}/lint`,
    summary: 'What is wrong with a policy, and what may be',
    request: schemas.lintRequest,
    response: schemas.lintResponse,
  },
  history: {
    method: 'GET',
    path: `${policy}/history`,
    summary: 'The versions that can be gone back to, the newest first',
    response: schemas.historyResponse,
    refusals: [422],
  },
  rollback: {
    method: 'POST',
    path: `${policy}/rollback`,
    summary: 'Writes an older version again, as a new one',
    request: schemas.rollbackRequest,
    response: schemas.changeResponse,
    refusals: [409, 422],
  },
  missingParts: {
    method: 'POST',
    path: `${policy}/parts/missing`,
    summary: 'Of these parts of a large policy, those that are still to be uploaded',
    request: schemas.missingRequest,
    response: schemas.missingResponse,
  },
  putPart: {
    method: 'PUT',
    path: `${policy}/parts/:hash`,
    summary: 'Uploads a part of a large policy; nothing decides by it until a manifest names it',
    takesPart: true,
    response: schemas.partResponse,
    refusals: [422],
  },
  applyManifest: {
    method: 'POST',
    path: `${policy}/manifest`,
    summary: 'Writes the next version, made of parts that were uploaded',
    request: schemas.manifestRequest,
    response: schemas.changeResponse,
    refusals: [409, 422],
  },
  explain: {
    method: 'POST',
    path: '/clusters/:cluster/explain',
    summary: 'Why a token, or an identity that is described, is mapped as it is',
    request: schemas.explainRequest,
    response: schemas.explainResponse,
  },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof operations;
