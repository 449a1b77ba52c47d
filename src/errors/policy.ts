/**
 * That there is no policy to decide by.
 *
 * @module
 */

/** No verdict, and the policy is the reason. */
export const policyOutages = {
  policy_missing: 'no policy is stored for this cluster',
  policy_unavailable: 'the policy cannot be read and no good version is held',
} as const;

/** Codes of no verdict for which the policy is the reason: come again later. */
export type PolicyOutageCode = keyof typeof policyOutages;
