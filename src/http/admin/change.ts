/**
 * Changing a policy: what would change for whom is looked at first.
 *
 * @module
 */
import { PolicyError, PolicyVersionError } from '../../errors.ts';
import { diffPolicies } from '../../mapping/diff.ts';
import { lintPolicy } from '../../mapping/lint.ts';
import type { Mapping } from '../../mapping/map.ts';
import type { Policy } from '../../mapping/rule.ts';
import { RuleIndex } from '../../mapping/rule-index.ts';
import { simulate } from '../../mapping/simulate.ts';
import { pointerLimits, type VersionInfo } from '../../policy/pointer.ts';
import type { PublishOptions } from '../../policy/publish.ts';
import { readPointer, readVersion } from '../../policy/versions.ts';
import type { AdminCluster } from './admin.ts';
import { FailureError } from './answers.ts';
import { type Administrator, isAdministrator } from './auth.ts';
import type { Call } from './handlers.ts';

/** A policy that somebody wants, and how it would be written. */
export interface Proposal {
  readonly policy: Policy;
  readonly publish: (options: PublishOptions) => Promise<VersionInfo>;
}

export interface ChangeFlags {
  readonly message: string;
  readonly expectedVersion?: number | undefined;
  readonly dryRun: boolean;
  readonly yesLockOut: boolean;
  readonly replaceUnreadable: boolean;
}

/** More changes than these are counted and not told. */
const maxChanges = 1000;

const nothing: Policy = { rules: [] };

/** Writes a policy, unless that is only a try, or somebody would be locked out and nobody said yes to it. */
export async function change(call: Call, proposal: Proposal, flags: ChangeFlags): Promise<object> {
  const { cluster, administrator, clock } = call;
  const findings = lintPolicy(proposal.policy, { now: clock(), audience: cluster.lintAudience });
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new FailureError({ code: 'policy_invalid', issues: errors });
  const before = await current(call, flags);
  assertExpected(before.version, flags.expectedVersion);
  const changes = diffPolicies(before.policy, proposal.policy);
  const { effects, tried } = await effectsOf(call, before.policy, proposal.policy);
  const facts = {
    changes: changes.slice(0, maxChanges),
    changeCount: changes.length,
    findings,
    effects,
    tried,
  };
  if (flags.dryRun) return { applied: false, version: before.version, ...facts };
  const lockedOut = effects.filter((one) => one.lockedOut);
  if (lockedOut.length > 0 && !flags.yesLockOut) {
    throw new FailureError({ code: 'would_lock_out', effects: lockedOut });
  }
  const { version } = await proposal.publish({
    author: administrator.author.slice(0, pointerLimits.author),
    message: flags.message,
    expectedVersion: before.version,
    replaceUnreadable: flags.replaceUnreadable,
    clock,
  });
  await cluster.policies.current(call.context); // reads what was written, so that a problem shows here
  return { applied: true, version, ...facts };
}

/** The version that is there now. Where its policy cannot be read there is nothing to compare with. */
async function current(
  { cluster: { store, id } }: Call,
  { replaceUnreadable }: ChangeFlags,
): Promise<{ readonly version: number; readonly policy: Policy }> {
  const { pointer } = await readPointer(store, id).catch((error: unknown) => {
    if (error instanceof PolicyError && replaceUnreadable) return { pointer: undefined };
    throw error;
  });
  if (pointer === undefined) return { version: 0, policy: nothing };
  return readVersion(store, id).catch((error: unknown) => {
    const isBroken = error instanceof PolicyError || error instanceof PolicyVersionError;
    if (isBroken) return { version: pointer.version, policy: nothing };
    throw error;
  });
}

function assertExpected(version: number, expected: number | undefined): void {
  if (expected !== undefined && expected !== version)
    throw new FailureError({ code: 'policy_conflict', version });
}

interface Effect {
  readonly arn: string;
  /** RFC 3339; absent of the caller. */
  readonly lastSeen?: string;
  readonly before: string;
  readonly after: string;
  readonly lockedOut: boolean;
}

/** What becomes of those who came lately, and of the caller, who is locked out too where no administrator any more. */
async function effectsOf(
  { cluster, administrator }: Call,
  before: Policy,
  after: Policy,
): Promise<{ readonly effects: readonly Effect[]; readonly tried: number }> {
  const recent = await cluster.recent.list();
  const seen = new Map(recent.map(({ identity, at }) => [identity, new Date(at).toISOString()]));
  const effects = simulate([...seen.keys()], before.rules, after.rules).map((one): Effect => {
    const lastSeen = seen.get(one.identity);
    return {
      arn: one.identity.arn,
      ...(lastSeen === undefined ? {} : { lastSeen }),
      before: inWords(one.before),
      after: inWords(one.after),
      lockedOut: one.lockedOut,
    };
  });
  return { effects: [...ownEffect(administrator, cluster, before, after), ...effects], tried: recent.length };
}

/** Who is an administrator and would be none any more locks themselves out. */
function ownEffect(
  { identity }: Administrator,
  { adminGroup }: AdminCluster,
  before: Policy,
  after: Policy,
): Effect[] {
  if (identity === undefined) return [];
  const [was, is] = [before, after].map(({ rules }) =>
    isAdministrator(identity, [new RuleIndex(rules)], adminGroup),
  );
  const { arn } = identity;
  return was && !is ? [{ arn, before: adminGroup, after: `not in ${adminGroup}`, lockedOut: true }] : [];
}

function inWords(mapping: Mapping): string {
  if (!mapping.ok) return mapping.code;
  return mapping.groups.length === 0
    ? mapping.username
    : `${mapping.username} [${mapping.groups.join(', ')}]`;
}
