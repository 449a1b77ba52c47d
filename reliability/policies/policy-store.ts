/**
 * Where the policies of a deployment are, and how that place is spoilt.
 *
 * @module
 */
import type { Policy } from '../../src/mapping/rule.ts';

/** What can be wrong with the policy of one cluster. `older` is that of the first version, `altered` has a digit changed in every part. */
export type StoreFault =
  | 'absent'
  | 'truncated'
  | 'garbage'
  | 'older'
  | 'altered'
  | 'unreadable'
  | 'slow'
  | 'silent'
  | 'failing'
  | 'resets';

export interface PolicyStore {
  /** What it can be spoilt by. */
  readonly faults: readonly StoreFault[];
  /** Settings of the deployment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Where the KV namespace listens, if it is one. */
  readonly kvPort: number | undefined;
  publish(cluster: string, policy: Policy): Promise<void>;
  /** `undefined` ends the fault. */
  spoil(cluster: string, fault: StoreFault | undefined): Promise<void>;
  end(): Promise<void>;
}

/** Who publishes. */
export const author = 'reliability';

/** A grant for somebody else's name: what a part would say that somebody tampered with. */
export function alteredPart(text: string): string {
  return text.replaceAll('"deny":true', '"deny":null').replaceAll('team-1', 'team-2').replace(/.$/, ' }');
}
