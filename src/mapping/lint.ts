/**
 * What in a valid policy is probably not what its author meant.
 *
 * @module
 */

import { couldBeEksClusterName } from '../token/audience.ts';
import { lintGrants } from './lint-grants.ts';
import { lintProofs } from './lint-proof.ts';
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

export interface LintOptions {
  /** The present, in milliseconds since the epoch. Default: now. */
  readonly now?: number;
  /** Of the cluster, unless it was acknowledged that others may have this name. */
  readonly audience?: string | undefined;
}

/** Looks at a policy that `parsePolicy` has read. */
export function lintPolicy(policy: Policy, options: LintOptions = {}): Finding[] {
  const { rules } = policy;
  const findings = [
    ...lintSettings(policy, options),
    ...lintGrants(rules),
    ...lintProofs(rules),
    ...lintReach(rules),
  ];
  if (rules.some((rule) => !('deny' in rule))) return findings;
  return [...findings, { severity: 'warning', path: 'rules', message: 'let nobody in' }];
}

/** Looks at what a policy says beside its rules. */
export function lintSettings(
  { notBefore }: Omit<Policy, 'rules'>,
  { now = Date.now(), audience }: LintOptions = {},
): Finding[] {
  const findings: Finding[] = [];
  if (audience !== undefined && couldBeEksClusterName(audience)) {
    const message = `the audience ${audience} could be the name of an EKS cluster, where tokens could be replayed`;
    findings.push({ severity: 'warning', path: '', message });
  }
  if (notBefore !== undefined && Date.parse(notBefore) > now + clockSkewMs) {
    const message = 'is in the future: until then every review would ask STS anew';
    findings.push({ severity: 'error', path: 'notBefore', message });
  }
  return findings;
}
