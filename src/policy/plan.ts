/**
 * A policy cut into parts. The parts follow from the rules alone, so a change of one rule changes one bucket, the page
 * that lists it, and the pointer.
 *
 * @module
 */
import { PolicyError } from '../errors/classes.ts';
import { describeRule, type Policy, type Rule } from '../mapping/rule.ts';
import {
  encodeDocument,
  encodePage,
  encodeRules,
  hashOf,
  maxPartBytes,
  maxPartsOfBucket,
  sizeOf,
} from './part.ts';
import { hash32, type Placement, PrefixTable, placementsOf, rangeOf, type Space } from './placement.ts';
import { type Content, pointerLimits } from './pointer.ts';

/** What has to be stored before a pointer may name the content. */
export interface PolicyPlan {
  readonly content: Content;
  /** The policy itself, where it is small enough for the pointer. */
  readonly inline: Policy | undefined;
  /** The texts of all parts by their hash. */
  readonly parts: ReadonlyMap<string, string>;
}

/** A bucket that is larger is split, in bytes: a cold read parses it whole. */
const bucketBytes = 16 * 1024;
/** A page that is larger is split, in bytes. */
const pageBytes = 32 * 1024;
/** One rule of so many ends a part of a bucket that cannot be split. */
const rulesOfPart = 128;
/** For the names around the rules of a part, in bytes. */
const frameBytes = 128;

/** A rule ready to be stored. */
interface PlannedRule {
  readonly position: number;
  readonly text: string;
  /** With the comma behind it. */
  readonly bytes: number;
}

interface Bucket {
  readonly prefix: string;
  readonly hashes: readonly string[];
}

/** A bucket, or two halves. */
type Tree = Bucket | { readonly prefix: string; readonly halves: readonly [Tree, Tree] };

/**
 * Plans how to store a policy, which has been read by `parsePolicy`.
 *
 * @throws {PolicyError} where a rule, the rules of an account or the settings are too large
 */
export async function planPolicy(policy: Policy): Promise<PolicyPlan> {
  const parts = new Map<string, string>();
  const document = encodeDocument(policy);
  if (sizeOf(document) <= pointerLimits.inline) {
    return { content: { kind: 'document', hash: await add(parts, document) }, inline: policy, parts };
  }
  const { rules, ...settings } = policy;
  const placed = rules.flatMap(placementsOf);
  const [exact, account] = [
    await planSpace('exact', placed, parts),
    await planSpace('account', placed, parts),
  ];
  return { content: { kind: 'manifest', pages: { exact, account }, ...settings }, inline: undefined, parts };
}

async function add(parts: Map<string, string>, text: string): Promise<string> {
  const hash = await hashOf(text);
  parts.set(hash, text);
  return hash;
}

async function planSpace(
  space: Space,
  placed: readonly Placement[],
  parts: Map<string, string>,
): Promise<PrefixTable<string>> {
  // Sorting is stable: rules of one principal or account keep their order, in which the later wins.
  const rules = placed
    .filter((one) => one.space === space)
    .map(({ position, rule }) => planRule(position, rule))
    .sort((a, b) => a.position - b.position);
  const tree = await planBucket({ space, parts }, rules, '');
  const pages = await planPages({ space, parts }, tree);
  return PrefixTable.of(pages, '') as PrefixTable<string>;
}

function planRule(position: number, rule: Rule): PlannedRule {
  const text = JSON.stringify(rule);
  const bytes = sizeOf(text) + 1;
  if (bytes > maxPartBytes - frameBytes) {
    throw tooLarge(`the rule of ${describeRule(rule)} takes ${bytes} bytes`);
  }
  return { position, text, bytes };
}

interface Planning {
  readonly space: Space;
  readonly parts: Map<string, string>;
}

/** The rules below a prefix, in the order of their positions, as one bucket or as two halves. */
async function planBucket(planning: Planning, rules: readonly PlannedRule[], prefix: string): Promise<Tree> {
  const [first, last] = [rules[0]?.position, rules.at(-1)?.position];
  const bytes = rules.reduce((sum, rule) => sum + rule.bytes, 0);
  if (bytes > bucketBytes && first !== last) {
    const [middle] = rangeOf(`${prefix}1`);
    const end = rules.findIndex(({ position }) => position >= middle);
    const at = end === -1 ? rules.length : end;
    const left = await planBucket(planning, rules.slice(0, at), `${prefix}0`);
    const right = await planBucket(planning, rules.slice(at), `${prefix}1`);
    return { prefix, halves: [left, right] };
  }
  // Rules of one position are named by all its bits, so that no split of buckets renames them.
  const isLarge = bytes > bucketBytes && first !== undefined;
  const chunks = isLarge ? chunksOf(rules) : [rules];
  const name = isLarge ? first.toString(2).padStart(32, '0') : prefix;
  const hashes: string[] = [];
  for (const chunk of chunks.filter(({ length }) => length > 0)) {
    const texts = chunk.map(({ text }) => text);
    hashes.push(await add(planning.parts, encodeRules(planning.space, name, texts)));
  }
  // Equal parts say the same, and the later would win: the last of each is enough.
  const distinct = [...new Set(hashes.reverse())].reverse();
  if (distinct.length > maxPartsOfBucket) {
    const what = planning.space === 'account' ? 'an account has' : 'a principal has';
    throw tooLarge(`${what} more rules than fit into ${maxPartsOfBucket} parts`);
  }
  return { prefix, hashes: distinct };
}

/**
 * Rules of one position, which no longer prefix parts. The rules themselves say where a part ends, so that a change of
 * one moves the ends near it alone.
 */
function chunksOf(rules: readonly PlannedRule[]): readonly (readonly PlannedRule[])[] {
  const chunks: PlannedRule[][] = [];
  let chunk: PlannedRule[] = [];
  let bytes = 0;
  for (const rule of rules) {
    if (bytes + rule.bytes > maxPartBytes - frameBytes) {
      chunks.push(chunk);
      [chunk, bytes] = [[], 0];
    }
    chunk.push(rule);
    bytes += rule.bytes;
    if (hash32(rule.text) % rulesOfPart !== 0) continue;
    chunks.push(chunk);
    [chunk, bytes] = [[], 0];
  }
  return [...chunks, chunk];
}

/** A page for the tree, or for the halves of it that fit. */
async function planPages(planning: Planning, tree: Tree): Promise<(readonly [string, string])[]> {
  const buckets = bucketsOf(tree).map(({ prefix, hashes }) => [prefix, hashes] as const);
  const text = encodePage(planning.space, tree.prefix, buckets);
  if (sizeOf(text) <= pageBytes || 'hashes' in tree) return [[tree.prefix, await add(planning.parts, text)]];
  const [left, right] = tree.halves;
  return [...(await planPages(planning, left)), ...(await planPages(planning, right))];
}

function bucketsOf(tree: Tree): Bucket[] {
  return 'hashes' in tree ? [tree] : tree.halves.flatMap(bucketsOf);
}

function tooLarge(problem: string): PolicyError {
  return new PolicyError([{ path: 'rules', message: problem }]);
}
