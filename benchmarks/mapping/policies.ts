/**
 * Policies of many sizes, and whom their rules name.
 *
 * @module
 */
import { type Identity, readIdentity } from '../../src/identity/identity.ts';
import { detached } from '../../src/lib/flights.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import type { Policy, Rule } from '../../src/mapping/rule.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { PolicyReader } from '../../src/policy/reader.ts';
import { MemoryStore } from '../../src/store/memory.ts';

export const cluster = 'prod.example.com';

/** Who is known to the rule of an index. */
export interface Member {
  readonly account: string;
  readonly roleName: string;
  readonly principalId: string;
}

/** Some are of permission sets: every eleventh, so that there are some among every tenth of a policy's rules too. */
function isOfPermissionSet(index: number): boolean {
  return index % 11 === 5;
}

export function memberOf(index: number): Member {
  const account = String(111122220000 + (index % 500));
  const digits = index.toString(16).padStart(16, '0');
  const roleName = isOfPermissionSet(index)
    ? `AWSReservedSSO_Team-${index}_${digits}`
    : `Team-${index}-Deployer`;
  return { account, roleName, principalId: `AROA${String(index).padStart(17, '0')}` };
}

function ruleOf(index: number): Rule {
  const { account, roleName } = memberOf(index);
  const names = { username: `team-${index}:{{SessionName}}`, groups: [`team-${index}`, 'developers'] };
  return isOfPermissionSet(index)
    ? { sso: { permissionSet: `Team-${index}`, accounts: [account] }, ...names }
    : { role: `arn:aws:iam::${account}:role/${roleName}`, ...names };
}

export function policyOf(size: number): Policy {
  return { rules: Array.from({ length: size }, (_, index) => ruleOf(index)) };
}

/** Sessions named alice. */
export function identityOf({ account, roleName, principalId }: Member): Identity {
  const arn = `arn:aws:sts::${account}:assumed-role/${roleName}/alice`;
  const caller = { account, arn, userId: `${principalId}:alice` };
  const read = readIdentity(caller, { partition: 'aws', accessKeyId: 'ASIAEXAMPLE' });
  if (read === undefined) throw new Error(`no identity: ${arn}`);
  return read;
}

/** A reader of a policy that was published as any other is. It asks the store once an hour. */
export async function readerOf(policy: Policy, store = new MemoryStore()): Promise<PolicyReader> {
  await publishPolicy(store, cluster, policy, { author: 'benchmark' });
  return new PolicyReader({ store, cluster, holdMs: 3_600_000, cacheBytes: 64 * 1024 * 1024 });
}

/** What the rules make of an identity: the username, or the code of the refusal. */
export async function mapped(policies: PolicyReader, identity: Identity): Promise<string> {
  const policy = await policies.current(detached);
  const found = policy.ok ? await policy.rulesFor(identity, detached) : policy;
  if (!found.ok) return found.code;
  const mapping = mapIdentity(identity, found.rules);
  return mapping.ok ? mapping.username : mapping.code;
}
