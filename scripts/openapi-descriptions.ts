/**
 * What the OpenAPI document says of each operation, beside what the API itself goes by.
 *
 * @module
 */
import type { OperationId } from '../src/http/admin/operations.ts';

export interface Description {
  readonly summary: string;
  /** Statuses of refusals, beside those that any operation has. */
  readonly refusals?: readonly number[];
}

export const descriptions: Readonly<Record<OperationId, Description>> = {
  getPolicy: {
    summary: 'The current policy, or that of a version',
    refusals: [422],
  },
  applyPolicy: {
    summary: 'Writes the next version',
    refusals: [409, 422],
  },
  lintPolicy: {
    summary: 'What is wrong with a policy, and what may be',
  },
  history: {
    summary: 'The versions that can be gone back to, the newest first',
    refusals: [422],
  },
  rollback: {
    summary: 'Writes an older version again, as a new one',
    refusals: [409, 422],
  },
  missingParts: {
    summary: 'Of these parts of a large policy, those that are still to be uploaded',
  },
  putPart: {
    summary: 'Uploads a part of a large policy; nothing decides by it until a manifest names it',
    refusals: [422],
  },
  applyManifest: {
    summary: 'Writes the next version, made of parts that were uploaded',
    refusals: [409, 422],
  },
  explain: {
    summary: 'Why a token, or an identity that is described, is mapped as it is',
  },
};
