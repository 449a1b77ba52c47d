/**
 * Changing a policy: what would change for whom is looked at first.
 *
 * @module
 */
import { PolicyError, PolicyVersionError } from '../../errors/classes.ts';
import { diffPolicies } from '../../mapping/diff.ts';
import { type Finding, type LintOptions, lintPolicy, lintSettings } from '../../mapping/lint.ts';
import type { Mapping } from '../../mapping/map.ts';
import { type RulesOf, simulate } from '../../mapping/simulate.ts';
import { decodeBase } from '../../policy/base.ts';
import { differing, rulesOf, type Side } from '../../policy/compare.ts';
import type { PublishOptions, VersionSignature } from '../../policy/next-pointer.ts';
import {
  inlinePolicyOf,
  type Pointer,
  type PolicySettings,
  pointerLimits,
  type VersionInfo,
} from '../../policy/pointer.ts';
import { policyKey } from '../../policy/record.ts';
import { FailureError } from './answers.ts';
import { type Administrator, isAdministrator } from './auth.ts';
import type { Call } from './handlers.ts';

/** A version that somebody wants, and how it would be written. */
export type Proposal = Side & { readonly publish: (options: PublishOptions) => Promise<VersionInfo> };

export interface ChangeFlags {
  readonly message: string;
  readonly expectedVersion?: number | undefined;
  readonly dryRun: boolean;
  readonly yesLockOut: boolean;
  readonly replaceUnreadable: boolean;
  readonly unsigned: boolean;
  /** Looked at when it is written. */
  readonly signature?: VersionSignature | undefined;
}

/** More changes than these are counted and not told. */
const maxChanges = 1000;

const nothing = { policy: { rules: [] } } satisfies Side;

/** Writes a policy, unless that is only a try, or somebody would be locked out and nobody said yes to it. */
export async function change(call: Call, proposal: Proposal, flags: ChangeFlags): Promise<object> {
  const { cluster, administrator, clock } = call;
  const findings = findingsOf(proposal, { now: clock(), audience: cluster.lintAudience });
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new FailureError({ code: 'policy_invalid', issues: errors });
  const before = await current(call, flags);
  assertExpected(before.version, flags.expectedVersion);
  // What is broken cannot be compared, and is all the more reason to write. What is proposed is checked by the publishing.
  const both = await differing(cluster.store, cluster.id, before.side, proposal).catch(undefinedIfBroken);
  const changes = both && diffPolicies(both.before, both.after, both.others);
  const { effects, tried } = await effectsOf(call, before.side, proposal);
  const facts = {
    ...(changes && { changes: changes.slice(0, maxChanges), changeCount: changes.length }),
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
    author: shortened(administrator.author),
    message: flags.message,
    expectedVersion: before.version,
    replaceUnreadable: flags.replaceUnreadable,
    signature: flags.signature,
    unsigned: flags.unsigned,
    trust: cluster.trust,
    clock,
  });
  return { applied: true, version, ...facts };
}

/** Of a large policy what it says beside its rules: whoever cut it into parts has seen it whole. */
function findingsOf(side: Side, options: LintOptions): Finding[] {
  if ('policy' in side) return lintPolicy(side.policy, options);
  return side.content.kind === 'manifest' ? lintSettings(side.content, options) : [];
}

/** The version that is there now, believed where it has to be. Where its policy cannot be read there is nothing to compare with. */
async function current(
  { cluster: { store, id, trust } }: Call,
  { replaceUnreadable }: ChangeFlags,
): Promise<{ readonly version: number; readonly side: Side }> {
  const text = await store.get(policyKey(id));
  const pointer = text === undefined ? undefined : await decodeBase(id, text, { replaceUnreadable, trust });
  return { version: pointer?.version ?? 0, side: pointer === undefined ? nothing : sideOf(pointer) };
}

function sideOf(pointer: Pointer): Side {
  if (pointer.content?.kind === 'manifest') return { content: pointer.content };
  try {
    return { policy: inlinePolicyOf(pointer) ?? nothing.policy };
  } catch (error) {
    if (error instanceof PolicyError) return nothing;
    throw error;
  }
}

/** Without its middle: its ends say whose it is. */
function shortened(author: string): string {
  const { author: most } = pointerLimits;
  return author.length <= most ? author : `${author.slice(0, most / 2 - 3)}...${author.slice(-most / 2)}`;
}

function undefinedIfBroken(error: unknown): undefined {
  if (error instanceof PolicyError || error instanceof PolicyVersionError) return undefined;
  throw error;
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
  { cluster, administrator, privateDnsNames }: Call,
  before: Side,
  after: Side,
): Promise<{ readonly effects: readonly Effect[]; readonly tried: number }> {
  const recent = await cluster.recent.list();
  const seen = new Map(recent.map(({ identity, at }) => [identity, new Date(at).toISOString()]));
  const [now, is] = [before, after].map((side) => rulesOf(cluster.store, cluster.id, side)) as [
    RulesOf,
    RulesOf,
  ];
  const was: RulesOf = async (who) => (await now(who).catch(undefinedIfBroken)) ?? [];
  const effects = (await simulate([...seen.keys()], was, is, privateDnsNames !== undefined)).map(
    (one): Effect => {
      const lastSeen = seen.get(one.identity);
      return {
        arn: one.identity.arn,
        ...(lastSeen === undefined ? {} : { lastSeen }),
        before: inWords(one.before),
        after: inWords(one.after),
        lockedOut: one.lockedOut,
      };
    },
  );
  const own = await ownEffect(administrator, cluster.adminGroup, was, is);
  // where nobody came in, nobody is locked out
  const audiences =
    before === nothing
      ? []
      : audiencesEffect(settingsOf(before).apiAudiences, settingsOf(after).apiAudiences);
  const tried = recent.filter(({ letIn }) => letIn).length;
  return { effects: [...own, ...audiences, ...effects], tried };
}

/** Who is an administrator and would be none any more locks themselves out. */
async function ownEffect(
  { identity }: Administrator,
  group: string,
  before: RulesOf,
  after: RulesOf,
): Promise<Effect[]> {
  if (identity === undefined) return [];
  const was = isAdministrator(identity, await before(identity), group);
  const is = isAdministrator(identity, await after(identity), group);
  return was && !is ? [{ arn: identity.arn, before: group, after: `not in ${group}`, lockedOut: true }] : [];
}

function settingsOf(side: Side): PolicySettings {
  if ('policy' in side) return side.policy;
  return side.content.kind === 'manifest' ? side.content : {};
}

/** An API server whose audiences are no longer served locks out all of its users. */
function audiencesEffect(
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
): Effect[] {
  const isKept = after === undefined || before?.every((audience) => after.includes(audience));
  if (isKept) return [];
  const [was, is] = [before, after].map((audiences) => audiences?.join(', ') ?? 'any');
  return [{ arn: 'apiAudiences', before: was ?? '', after: is ?? '', lockedOut: true }];
}

function inWords(mapping: Mapping): string {
  if (!mapping.ok) return mapping.code;
  return mapping.groups.length === 0
    ? mapping.username
    : `${mapping.username} [${mapping.groups.join(', ')}]`;
}
