/**
 * Examples of requests, for the OpenAPI document.
 *
 * @module
 */
import type { OperationId } from '../src/http/admin/operations.ts';

const policy = {
  rules: [
    {
      role: 'arn:aws:iam::111122223333:role/Admin',
      username: 'admin:{{SessionName}}',
      groups: ['system:masters'],
      reserved: 'masters',
    },
  ],
};
/** Of the part below, as the text `{"policy": {"rules": []}}`: with a space behind each colon, as Python writes JSON. */
export const hash = 'lRu9i-fSWwtyZSt5jIQGfxgbM8AQGHSMhopr1MLZWVA';

export const examples: Readonly<Partial<Record<OperationId, { readonly example: object }>>> = {
  applyPolicy: { example: { policy, message: 'admins', dryRun: true } },
  lintPolicy: { example: { policy } },
  missingParts: { example: { hashes: [hash] } },
  putPart: { example: { policy: { rules: [] } } },
  applyManifest: { example: { content: { document: hash }, dryRun: true } },
  explain: { example: { arn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice' } },
};
