/**
 * What in a valid policy is probably not what its author meant.
 *
 * @module
 */
import { lintGrants } from './lint-grants.ts';
import { lintReach } from './lint-reach.ts';
import type { Policy } from './rule.ts';

/** An error stops a write, a warning is shown. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** Path of the field, such as `rules[3].username`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

/** A clock may be wrong by so much, in milliseconds. */
const clockSkewMs = 5 * 60_000;

/**
 * Looks at a policy that `parsePolicy` has read.
 *
 * @param now milliseconds since the epoch
 */
export function lintPolicy(policy: Policy, now: number = Date.now()): Finding[] {
  return [...lintDocument(policy, now), ...lintGrants(policy.rules), ...lintReach(policy.rules)];
}

function lintDocument({ rules, notBefore }: Policy, now: number): Finding[] {
  const findings: Finding[] = [];
  if (notBefore !== undefined && Date.parse(notBefore) > now + clockSkewMs) {
    const message = 'is in the future: until then every review would ask STS anew';
    findings.push({ severity: 'error', path: 'notBefore', message });
  }
  if (!rules.some((rule) => !('deny' in rule))) {
    findings.push({ severity: 'warning', path: 'rules', message: 'let nobody in' });
  }
  return findings;
}
