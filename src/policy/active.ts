/**
 * A policy ready to decide: the current version, and for a while those before it where the store has not yet all of it.
 *
 * @module
 */
import type { PolicyOutageCode } from '../errors/policy.ts';
import { type Refused, refuse } from '../errors/refusal.ts';
import type { Identity } from '../identity/identity.ts';
import type { TaskContext } from '../lib/flights.ts';
import type { Policy } from '../mapping/rule.ts';
import { RuleIndex } from '../mapping/rule-index.ts';
import type { HeldPart, PartCache } from './part-cache.ts';
import { type Positions, positionsOf, type Space } from './placement.ts';
import {
  type Content,
  fallbacks,
  inlinePolicyOf,
  maxSkewMs,
  type Pointer,
  type PolicySettings,
} from './pointer.ts';
import { assertListed, type Listing, misplaced } from './versions.ts';

/** All of one version that can bear on one identity. */
export interface IdentityRules {
  readonly ok: true;
  readonly version: number;
  /** Of several the later hold the later rules. */
  readonly rules: readonly RuleIndex[];
  readonly apiAudiences: readonly string[] | undefined;
  /** Milliseconds since the epoch; 0 where the policy sets nothing. */
  readonly notBefore: number;
  /** The longest life of a JWT that callerid issues, in seconds; undefined where the policy sets nothing. */
  readonly tokenSeconds: number | undefined;
}

export interface ActivePolicy {
  readonly ok: true;
  /** The current version. */
  readonly version: number;
  /** Never rejects. The rules and the settings are all of one version. */
  rulesFor(identity: Identity, context?: TaskContext): Promise<IdentityRules | NoPolicy>;
  /** What keeps the current version from deciding for some; undefined where nothing does. */
  problem(): string | undefined;
}

/** No good version: nothing is decided. */
export type NoPolicy = Refused<PolicyOutageCode>;

export interface ActivateOptions {
  readonly parts: PartCache;
  /** How long a version may still decide after the next one was written, where that is not yet whole; in milliseconds. */
  readonly fallbackMs: number;
  /** After so long no further version is tried, in milliseconds. */
  readonly deadlineMs: number;
  /** Since when the current version is known, in milliseconds since the epoch. */
  readonly seenAt: number;
  readonly clock: () => number;
}

/** A version that may decide, until a time. */
interface Candidate {
  readonly version: number;
  readonly until: number;
  readonly rulesFor: (
    identity: Identity,
    context: TaskContext | undefined,
  ) => IdentityRules | Promise<IdentityRules>;
}

/**
 * Makes a pointer decide.
 *
 * @throws {PolicyError} where its policy does not validate
 */
export function activate(
  pointer: Pointer,
  { parts, fallbackMs, deadlineMs, seenAt, clock }: ActivateOptions,
): ActivePolicy {
  const { version, content, history } = pointer;
  const policy = inlinePolicyOf(pointer);
  if (policy !== undefined || content === undefined) return inlined(version, policy as Policy);
  const current: Candidate = {
    version,
    until: Number.POSITIVE_INFINITY,
    rulesFor: candidate(version, content, parts),
  };
  const earlier = history.slice(0, fallbacks).map((past, index): Candidate => {
    const next = history[index - 1] ?? pointer;
    const writtenAt = Date.parse(next.writtenAt);
    // where that is no time, or one to come, nobody falls back
    const isTime = writtenAt <= seenAt + maxSkewMs;
    const until = isTime ? Math.min(seenAt, writtenAt) + fallbackMs : Number.NEGATIVE_INFINITY;
    return { version: past.version, until, rulesFor: candidate(past.version, past.content, parts) };
  });
  return new PartedPolicy([current, ...earlier], parts, deadlineMs, clock);
}

function inlined(version: number, policy: Policy): ActivePolicy {
  const all = allOf(version, policy, new RuleIndex(policy.rules));
  return { ok: true, version, rulesFor: async () => all, problem: () => undefined };
}

class PartedPolicy implements ActivePolicy {
  readonly ok = true;
  readonly version: number;
  readonly #candidates: readonly Candidate[];
  readonly #parts: PartCache;
  readonly #deadlineMs: number;
  readonly #clock: () => number;
  #problem: string | undefined;

  constructor(candidates: readonly Candidate[], parts: PartCache, deadlineMs: number, clock: () => number) {
    this.version = candidates[0]?.version ?? 0;
    this.#candidates = candidates;
    this.#parts = parts;
    this.#deadlineMs = deadlineMs;
    this.#clock = clock;
  }

  async rulesFor(identity: Identity, context?: TaskContext): Promise<IdentityRules | NoPolicy> {
    const startedAt = this.#clock();
    let reason = '';
    for (const { version, until, rulesFor } of this.#candidates) {
      if (version !== this.version) {
        const now = this.#clock();
        if (now >= until || now - startedAt >= this.#deadlineMs) break;
      }
      try {
        const found = rulesFor(identity, context);
        const rules = found instanceof Promise ? await found : found;
        if (version !== this.version) this.#problem = `${reason}; version ${version} decides`;
        return rules;
      } catch (error) {
        reason ||= `version ${version}: ${error instanceof Error ? error.message : 'the store failed'}`;
      }
    }
    this.#problem = `${reason}; no version before it is whole and young enough`;
    return refuse('policy_unavailable');
  }

  problem(): string | undefined {
    if (!this.#parts.isLacking()) this.#problem = undefined;
    return this.#problem;
  }
}

function candidate(version: number, content: Content, parts: PartCache): Candidate['rulesFor'] {
  if (content.kind === 'document') {
    return async (_, context) => {
      const part = await parts.get(content.hash, context);
      if (part.kind !== 'document') throw misplaced();
      return allOf(version, part.policy, part.index);
    };
  }
  const facts = { ok: true, version, ...settingsOf(content) } as const;
  // The verifier holds identities, and asks for the same ones often. Kept are names of parts, not parts; a name is a hash of
  // what is in a part, so one that was once seen to have rules of these buckets always has.
  const known = new WeakMap<Identity, readonly string[]>();
  const read = async (identity: Identity, context: TaskContext | undefined): Promise<IdentityRules> => {
    const get: Get = async (hash) => parts.get(hash, context);
    const listings = await findListings(content, positionsOf(identity), get);
    const loaded = await Promise.all(listings.map(({ hash }) => get(hash)));
    const rules = loaded.map((part, at) => {
      assertListed(part, 'rules', listings[at] as Listing);
      return part.index;
    });
    known.set(
      identity,
      listings.map(({ hash }) => hash),
    );
    return { ...facts, rules };
  };
  return (identity, context) => {
    const rules = heldIndexes(known.get(identity), parts);
    return rules === undefined ? read(identity, context) : { ...facts, rules };
  };
}

/** The rules of a content that can bear on an identity. Rejects where a part is lacking or does not validate. */
export function rulesOfContent(
  content: Content,
  parts: PartCache,
): (identity: Identity) => Promise<readonly RuleIndex[]> {
  const rulesFor = candidate(0, content, parts);
  return async (identity) => (await rulesFor(identity, undefined)).rules;
}

type Manifest = Extract<Content, { readonly kind: 'manifest' }>;
type Get = (hash: string) => Promise<HeldPart>;

/** The parts of the two buckets of an identity. */
async function findListings(
  { pages }: Manifest,
  positions: Positions,
  get: Get,
): Promise<readonly Listing[]> {
  const ofSpace = async (space: Space): Promise<Listing[]> => {
    const [prefix, hash] = pages[space].at(positions[space]);
    const page = await get(hash);
    assertListed(page, 'page', { space, prefix });
    const [bucket, hashes] = page.buckets.at(positions[space]);
    return hashes.map((one) => ({ space, prefix: bucket, hash: one }));
  };
  const both = await Promise.all([ofSpace('exact'), ofSpace('account')]);
  return both.flat();
}

/** Undefined where not all is held. That is seldom, and else nothing is waited for: a wait costs as much as the rest. */
function heldIndexes(hashes: readonly string[] | undefined, parts: PartCache): RuleIndex[] | undefined {
  if (hashes === undefined) return undefined;
  const indexes: RuleIndex[] = [];
  for (const hash of hashes) {
    const part = parts.held(hash);
    if (part?.kind !== 'rules') return undefined;
    indexes.push(part.index);
  }
  return indexes;
}

function allOf(version: number, policy: Policy, index: RuleIndex): IdentityRules {
  return { ok: true, version, rules: [index], ...settingsOf(policy) };
}

function settingsOf({
  apiAudiences,
  notBefore,
  tokenSeconds,
}: PolicySettings): Pick<IdentityRules, keyof PolicySettings> {
  return { apiAudiences, notBefore: notBefore === undefined ? 0 : Date.parse(notBefore), tokenSeconds };
}
