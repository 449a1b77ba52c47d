/**
 * Policies: reading them, and mapping identities to a username and groups by them. Needs valibot, which comes along.
 *
 * @example
 * ```ts
 * import { createGuard } from 'callerid';
 * import { fixedPolicy } from 'callerid/mapping';
 *
 * const policy = fixedPolicy({
 *   rules: [{ role: 'arn:aws:iam::111122223333:role/Billing', username: 'billing', groups: ['readers'] }],
 * });
 * const guard = createGuard({ audience: 'https://orders.example.com', policy });
 * ```
 *
 * @module
 */
export { PolicyError, type PolicyIssue } from './errors/classes.ts';
export type { MappingRefusalCode } from './errors/mapping.ts';
export type { PolicyOutageCode } from './errors/policy.ts';
export type {
  AccountRule,
  Conditional,
  Conditions,
  Deny,
  DenyRule,
  Grant,
  GrantRule,
  OfAccount,
  OfPattern,
  OfPermissionSet,
  OfRole,
  OfUser,
  PatternRule,
  Pinnable,
  Policy,
  ReservedUse,
  RoleRule,
  Rule,
  SsoRule,
  UserRule,
} from './mapping/rule.ts';
export { parsePolicy } from './mapping/schema.ts';
export {
  type CallerPolicy,
  fixedPolicy,
  type OfVersion,
  type PolicyDenied,
  type PolicyMapped,
  type PolicyUnavailable,
  type PolicyVerdict,
  type StoredPolicyOptions,
  storedPolicy,
} from './policy/caller-policy.ts';
export { memoryStore } from './store/memory.ts';
export type { AtomicStore, KeyPage, Store } from './store/store.ts';
