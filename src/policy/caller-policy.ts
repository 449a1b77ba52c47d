/**
 * A policy as other web services use it: who a caller is here, and in which groups.
 *
 * @module
 */

import { ConfigurationError } from '../errors/classes.ts';
import type { MappingRefusalCode } from '../errors/mapping.ts';
import type { PolicyOutageCode } from '../errors/policy.ts';
import type { Identity } from '../identity/identity.ts';
import type { TaskContext } from '../lib/flights.ts';
import { assertKnownOptions, assertNumber } from '../lib/options.ts';
import { mapIdentity } from '../mapping/map.ts';
import { RuleIndex } from '../mapping/rule-index.ts';
import { parsePolicy } from '../mapping/schema.ts';
import type { Store } from '../store/store.ts';
import { PolicyReader } from './reader.ts';
import { isClusterId, isVersion } from './record.ts';
import { isPolicyKeys, policyKeysWanted } from './signature.ts';
import type { PolicyTrust } from './trust.ts';

/** Maps proven identities. Made by {@link storedPolicy} or {@link fixedPolicy}. */
export interface CallerPolicy {
  /** Says who an identity is here. Never rejects, and never maps where the policy cannot be read. */
  map(identity: Identity, context?: TaskContext): Promise<PolicyVerdict>;
}

/** What a policy makes of an identity. Only `mapped` lets anybody in. */
export type PolicyVerdict = PolicyMapped | PolicyDenied | PolicyUnavailable;

/** Which version of a policy gave a verdict. */
export interface OfVersion {
  /** The number of the version. Undefined where the policy is not stored. */
  readonly policyVersion: number | undefined;
  /** Whoever was verified before must be verified again. Milliseconds since the epoch; 0 where nothing is set. */
  readonly notBefore: number;
}

/** The policy knows the caller. */
export interface PolicyMapped extends OfVersion {
  readonly verdict: 'mapped';
  /** As the rule names the caller. */
  readonly username: string;
  /** Those of the rule, with every variable filled in. */
  readonly groups: readonly string[];
  /** Those of the groups that the rule names literally: no caller chose them by the name of a session. */
  readonly literalGroups: readonly string[];
  /** The rule that decided, described. */
  readonly rule: string;
}

/** The policy keeps the caller out, or no rule names them. */
export interface PolicyDenied extends OfVersion {
  readonly verdict: 'denied';
  /** Why. */
  readonly code: MappingRefusalCode;
  /** What in particular. */
  readonly detail?: string | undefined;
  /** The rule that decided, described. Absent where none did. */
  readonly rule?: string | undefined;
}

/** Nobody was judged: come again later. */
export interface PolicyUnavailable {
  readonly verdict: 'unavailable';
  /** Whether there is no policy, or it cannot be read. */
  readonly code: PolicyOutageCode;
}

/** Options of {@link storedPolicy}. */
export interface StoredPolicyOptions {
  /** Where it is: Workers KV, Deno KV, memory. */
  readonly store: Pick<Store, 'get'>;
  /** Its name: the policy is at the key `policy/NAME`, where `callerid policy apply --cluster NAME` writes it. */
  readonly name: string;
  /** The public keys of those who may write it, which `callerid policy keys` prints: one to four. Default: whoever can write the store. */
  readonly policyKeys?: readonly string[];
  /** With keys: no version before this one is used. Default: any may be. */
  readonly minPolicyVersion?: number;
  /** How long it is used before the store is asked again, in seconds. Default 30. */
  readonly holdSeconds?: number;
  /** How long the last good version decides while the store gives none, in seconds. Default 900. */
  readonly lastGoodSeconds?: number;
  /** What parts of a large policy may weigh in memory, in bytes. Default 16 MiB. */
  readonly cacheBytes?: number;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/**
 * The policy that a store holds, as of now: a change is felt without a restart, and a short outage of the store denies
 * nobody.
 *
 * @example
 * ```ts
 * const policy = storedPolicy({ store: kvStore(env.POLICY), name: 'orders.example.com' });
 * ```
 */
export function storedPolicy(options: StoredPolicyOptions): CallerPolicy {
  assertKnownOptions(
    options,
    'store name policyKeys minPolicyVersion holdSeconds lastGoodSeconds cacheBytes clock',
  );
  const { store, name, holdSeconds = 30, lastGoodSeconds = 900, cacheBytes, clock } = options;
  assertNumber('holdSeconds', holdSeconds, 0, Number.MAX_SAFE_INTEGER);
  assertNumber('lastGoodSeconds', lastGoodSeconds, 0, Number.MAX_SAFE_INTEGER);
  if (typeof store?.get !== 'function' || !isClusterId(name)) {
    throw new ConfigurationError(
      'name',
      'no store, or no name',
      'Give a store, and a name of letters, digits and . _ -',
    );
  }
  const reader = new PolicyReader({
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
    ...(clock && { clock }),
    store,
    cluster: name,
    trust: trustOf(options),
    holdMs: holdSeconds * 1000,
    lastGoodMs: lastGoodSeconds * 1000,
  });
  return {
    async map(identity, context) {
      const policy = await reader.current(context);
      const found = policy.ok ? await policy.rulesFor(identity, context) : policy;
      if (!found.ok) return { verdict: 'unavailable', code: found.code };
      return verdictOf(identity, found.rules, { policyVersion: found.version, notBefore: found.notBefore });
    },
  };
}

/** Keys that came to nothing are an error, an undefined one too: whoever can write the store would be believed. */
function trustOf(options: StoredPolicyOptions): PolicyTrust | undefined {
  const { policyKeys: keys, minPolicyVersion: minVersion } = options;
  if (!('policyKeys' in options) && minVersion === undefined) return undefined;
  if (!isPolicyKeys(keys)) {
    throw new ConfigurationError(
      'policyKeys',
      policyKeysWanted,
      'Give those that callerid policy keys prints.',
    );
  }
  if (minVersion === undefined || isVersion(minVersion)) return { keys, minVersion };
  throw new ConfigurationError('minPolicyVersion', 'must be a version', 'Give a whole number, 1 at least.');
}

/**
 * A policy that is part of the program.
 *
 * @param document as `docs/policy.md` says
 * @throws {PolicyError} where it does not validate
 * @example
 * ```ts
 * const policy = fixedPolicy({
 *   rules: [{ role: 'arn:aws:iam::111122223333:role/Billing', username: 'billing', groups: ['readers'] }],
 * });
 * ```
 */
export function fixedPolicy(document: unknown): CallerPolicy {
  const { rules, notBefore } = parsePolicy(document);
  const indexes = [new RuleIndex(rules)];
  const version = {
    policyVersion: undefined,
    notBefore: notBefore === undefined ? 0 : Date.parse(notBefore),
  };
  return { map: async (identity) => verdictOf(identity, indexes, version) };
}

function verdictOf(identity: Identity, indexes: readonly RuleIndex[], version: OfVersion): PolicyVerdict {
  const mapping = mapIdentity(identity, indexes);
  if (!mapping.ok) {
    const { code, detail, rule } = mapping;
    return { ...version, verdict: 'denied', code, detail, rule };
  }
  const { username, groups, literalGroups, rule } = mapping;
  return { ...version, verdict: 'mapped', username, groups, literalGroups, rule };
}
