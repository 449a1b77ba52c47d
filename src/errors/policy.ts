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

export type PolicyOutageCode = keyof typeof policyOutages;
