/**
 * What decided in the source, and what decides here: entries whose kind would now beat another that decided are left
 * out, and where the two orders differ a note says so.
 *
 * aws-iam-authenticator asks its backends in order; in each of them roles and permission sets first, which of two that
 * match being left to chance (it walks a hash map), then users, then accounts. Of two equal ARNs the later counts.
 * Here the kind decides: exact, permission set, account.
 *
 * @module
 */
import { isReserved } from '../reserved.ts';
import { type Entry, type Findings, keyOf, keysCovering, type Named, type Source } from './source.ts';

interface Placed {
  readonly entry: Entry;
  readonly source: Source;
  /** Place of its backend. */
  readonly rank: number;
}

/** The entries that become rules, in an order in which the later of two equal ones is the one that counted. */
export function settle(sources: readonly Source[], findings: Findings): Entry[] {
  const all = sources.flatMap((source, rank) => source.entries.map((entry) => ({ entry, source, rank })));
  const live = new LiveEntries(all);
  const kept: Entry[] = [];
  for (const placed of all) {
    const settled = settleOne(placed, live, findings);
    if (settled !== undefined) kept.push(settled);
  }
  return kept;
}

function settleOne(placed: Placed, live: LiveEntries, findings: Findings): Entry | undefined {
  const { entry, rank } = placed;
  const { path, neverMatched, named } = entry;
  const decided = named && live.earliestCovering(named);
  if (neverMatched !== undefined) {
    const start = `${neverMatched}: aws-iam-authenticator never matched it so, and`;
    if (decided === undefined) {
      findings.note(path, `${start} callerid does`);
      return entry;
    }
    findings.note(path, `${start} ${decided.entry.path} decided instead: left out`);
    return undefined;
  }
  if (decided !== undefined && decided.rank < rank) {
    const message = `${decided.entry.path}, of a backend that is asked earlier (${decided.source.backend}), decided for all that this entry names: left out`;
    findings.note(path, message);
    return undefined;
  }
  noteChance(placed, live, findings);
  return refusedByPrefix(placed, findings);
}

/** Inside one backend, where an account beats no other kind. */
function noteChance({ entry, source, rank }: Placed, live: LiveEntries, findings: Findings): void {
  const { named, path } = entry;
  if (named?.kind !== 'exact') return;
  const set = named.setKey === undefined ? undefined : live.last('sso', named.setKey, rank);
  if (set !== undefined) {
    const message = `${set.path} (sso) names this role too, and aws-iam-authenticator left to chance which of the two decides; here this one does`;
    findings.note(path, message);
  }
  const last = live.last('exact', named.key, rank);
  if (last !== undefined && last !== entry && isByChance(entry, last, source)) {
    const message = `${last.path} names the same principal, and the source left to chance which of the two decides; here the later does`;
    findings.note(path, message);
  }
}

/** Objects have no order; users of aws-auth are kept under their ARNs as written, and compared without case. */
function isByChance(entry: Entry, other: Entry, { backend }: Source): boolean {
  if (backend === 'CRD' || backend === 'access entries') return true;
  return backend === 'EKSConfigMap' && entry.rule?.user !== other.rule?.user;
}

/** A refusal ended the search there, so it becomes a deny rule here. */
function refusedByPrefix({ entry, source }: Placed, findings: Findings): Entry | undefined {
  const { rule, path } = entry;
  if (rule === undefined) return undefined;
  const { refusedPrefixes = [] } = source;
  if (typeof rule.username !== 'string' || refusedPrefixes.length === 0) return entry;
  const [head = ''] = rule.username.split('{{');
  const prefix = refusedPrefixes.find((one) => head.startsWith(one));
  if (prefix !== undefined) {
    const message = `gives a username that begins with ${prefix}, which reservedPrefixConfig refuses: imported as a deny rule`;
    findings.note(path, message);
    const { username, groups, reserved, acknowledgeSessionNode, ...whom } = rule;
    return { ...entry, rule: { ...whom, deny: true } };
  }
  const possible = refusedPrefixes.filter((one) => !isReserved(one) && one.startsWith(head));
  if (head !== rule.username && possible.length > 0) {
    const message = `may give a username that begins with ${possible.join(' or ')}, which reservedPrefixConfig refuses and callerid does not`;
    findings.note(path, message);
  }
  return entry;
}

/** Entries that decided for somebody, by whom they name. */
class LiveEntries {
  readonly #earliest = new Map<string, Placed>();
  readonly #last = new Map<string, Entry>();

  /** @param all the earliest backend first */
  constructor(all: readonly Placed[]) {
    for (const placed of all) {
      const { named, neverMatched } = placed.entry;
      if (named === undefined || neverMatched !== undefined) continue;
      const key = keyOf(named);
      if (!this.#earliest.has(key)) this.#earliest.set(key, placed);
      this.#last.set(`${placed.rank} ${key}`, placed.entry);
    }
  }

  /** Of the earliest backend that has any: an entry that matches whatever this one names, maybe the same one. */
  earliestCovering(named: Named): Placed | undefined {
    const found = keysCovering(named).flatMap((key) => this.#earliest.get(key) ?? []);
    return found.toSorted((a, b) => a.rank - b.rank)[0];
  }

  last(kind: Named['kind'], key: string, rank: number): Entry | undefined {
    return this.#last.get(`${rank} ${keyOf({ kind, key })}`);
  }
}
