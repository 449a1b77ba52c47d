/**
 * Policies: reading them, and mapping identities by them.
 *
 * @module
 */
export { PolicyError, type PolicyIssue } from './errors/classes.ts';
export type { Policy, Rule } from './mapping/rule.ts';
export { parsePolicy } from './mapping/schema.ts';
export {
  type CallerPolicy,
  fixedPolicy,
  type PolicyDenied,
  type PolicyMapped,
  type PolicyUnavailable,
  type PolicyVerdict,
  type StoredPolicyOptions,
  storedPolicy,
} from './policy/caller-policy.ts';
export { MemoryStore } from './store/memory.ts';
export type { Store } from './store/store.ts';
