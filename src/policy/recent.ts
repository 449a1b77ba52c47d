/**
 * Who came lately: so that a new policy can be tried on them before it decides. Kept small, in memory, and written to
 * the store at most once a minute; what is lost with an instance that ends is lost.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { member } from '../lib/json.ts';
import { proofs } from '../mapping/proof.ts';
import type { Store } from '../store/store.ts';
import { sizeOf } from './part.ts';
import { policyKey } from './record.ts';

/** One who came. Nothing of a token is in it. */
export interface RecentCaller {
  readonly identity: Identity;
  /** The last time, in milliseconds since the epoch. */
  readonly at: number;
  readonly letIn: boolean;
}

export interface RecentCallersOptions {
  readonly store: Pick<Store, 'get' | 'put'>;
  readonly cluster: string;
  readonly clock?: () => number;
}

/** As many are kept of those who were let in, and as many of the others: strangers must not push out who matters. */
const maxCallers = 100;
/** As many sessions of one principal: their names may be the caller's choice. */
const maxSessions = 5;
/** Between two writes, in milliseconds. */
const flushMs = 60_000;
/** Of what is written, in UTF-8 bytes. */
const maxBytes = 48 * 1024;

/** Of one of them: tags are others' choice, and must not push out everybody else. */
const maxCallerBytes = 4 * 1024;

/** Where they are stored. */
export function recentKey(cluster: string): string {
  return `${policyKey(cluster)}/_recent`;
}

export class RecentCallers {
  readonly #options: RecentCallersOptions;
  readonly #clock: () => number;
  /** The latest last. */
  readonly #callers = new Map<string, RecentCaller>();
  #isChanged = false;
  #flushedAt: number;

  constructor(options: RecentCallersOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#flushedAt = this.#clock();
  }

  note(identity: Identity, letIn: boolean): void {
    const key = keyOf(identity);
    this.#callers.delete(key);
    this.#callers.set(key, { identity, at: this.#clock(), letIn });
    if (this.#callers.size > 4 * maxCallers) this.#prune();
    this.#isChanged = true;
  }

  #prune(): void {
    const kept = newest([...this.#callers.values()]);
    this.#callers.clear();
    for (const caller of kept.toReversed()) this.#callers.set(keyOf(caller.identity), caller);
  }

  /** Writes them where that is due; undefined where it is not. Never rejects: the next minute tries again. */
  flushWhenDue(): Promise<void> | undefined {
    if (!this.#isChanged || this.#clock() - this.#flushedAt < flushMs) return undefined;
    this.#flushedAt = this.#clock();
    this.#isChanged = false;
    return this.#flush().catch(() => {
      this.#isChanged = true;
    });
  }

  /** Those of this instance and those that were written, the latest first. Throws StoreError. */
  async list(): Promise<readonly RecentCaller[]> {
    const { store, cluster } = this.#options;
    const stored = decode(await store.get(recentKey(cluster)));
    return newest([...this.#callers.values(), ...stored]);
  }

  async #flush(): Promise<void> {
    const { store, cluster } = this.#options;
    await store.put(recentKey(cluster), encode(await this.list()));
  }
}

/** The last time that each of them came, who was let in first, the latest first. */
function newest(callers: readonly RecentCaller[]): RecentCaller[] {
  const found = new Map<string, RecentCaller>();
  for (const caller of callers.toSorted((a, b) => b.at - a.at)) {
    const key = keyOf(caller.identity);
    if (!found.has(key)) found.set(key, caller);
  }
  const sessions = new Map<string, number>();
  const some = [...found.values()].filter(({ identity: { canonicalArn }, letIn }) => {
    const count = (sessions.get(`${letIn} ${canonicalArn}`) ?? 0) + 1;
    sessions.set(`${letIn} ${canonicalArn}`, count);
    return count <= maxSessions;
  });
  const [ins, outs] = [true, false].map((letIn) =>
    some.filter((one) => one.letIn === letIn).slice(0, maxCallers),
  );
  return [...(ins ?? []), ...(outs ?? [])];
}

/** A role's sessions are told apart, and what JWTs tell: conditions and names may depend on them. */
function keyOf(identity: Identity): string {
  const { proof, arn, principalId, orgId, ouPath, principalTags, sourceIdentity } = identity;
  if (proof === 'signed-url') return `${proof} ${arn} ${principalId}`;
  return JSON.stringify([proof, arn, orgId, ouPath, principalTags, sourceIdentity]);
}

function encode(callers: readonly RecentCaller[]): string {
  let text = '';
  let bytes = 2;
  for (const caller of callers) {
    const one = JSON.stringify(caller);
    const size = sizeOf(one) + 1; // tags may be beyond ASCII
    if (size > maxCallerBytes) continue;
    bytes += size;
    if (bytes > maxBytes) break;
    text += `${text && ','}${one}`;
  }
  return `[${text}]`;
}

/** What cannot be read was never there: nothing is decided by it. */
function decode(text: string | undefined): RecentCaller[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value.filter(isCaller) : [];
  } catch {
    return [];
  }
}

function isCaller(value: unknown): value is RecentCaller {
  const identity = member(value, 'identity');
  const isText = (name: string): boolean => typeof member(identity, name) === 'string';
  const isTextOrAbsent = (name: string): boolean => isText(name) || member(identity, name) === undefined;
  return (
    typeof member(value, 'at') === 'number' &&
    typeof member(value, 'letIn') === 'boolean' &&
    proofs.some((proof) => proof === member(identity, 'proof')) &&
    ['arn', 'canonicalArn', 'type', 'partition', 'account'].every(isText) &&
    optionalTexts.every(isTextOrAbsent) &&
    isTags(member(identity, 'principalTags'))
  );
}

const optionalTexts = [
  'principalId',
  'roleName',
  'sessionName',
  'accessKeyId',
  'orgId',
  'ouPath',
  'sourceIdentity',
];

function isTags(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((tag) => typeof tag === 'string');
}
