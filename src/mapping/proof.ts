/**
 * Which kinds of proof a rule takes.
 *
 * @module
 */
import type { Proof } from '../identity/identity.ts';
import type { Rule } from './rule.ts';

export const proofs: readonly Proof[] = ['signed-url', 'aws-jwt'];

/** Without a word a grant to many takes signed URLs alone: whoever wrote it may not know of JWTs. */
export function takesProof(rule: Rule, proof: Proof): boolean {
  if (rule.proof !== undefined) return rule.proof === proof;
  return proof === 'signed-url' || 'deny' in rule || 'role' in rule || 'user' in rule;
}

export function proofsOf(rule: Rule): readonly Proof[] {
  return proofs.filter((proof) => takesProof(rule, proof));
}
