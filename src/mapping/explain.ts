/**
 * Why an identity is mapped as it is: every rule considered, the one that decided, and the nearest miss.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { type MapOptions, type Mapping, mapWithLookUps, type NoMapping } from './map.ts';
import { nearestMiss } from './nearest.ts';
import { describeRule, type Rule } from './rule.ts';
import type { RuleIndex } from './rule-index.ts';
import type { Considered, Standing } from './search.ts';

/** The decision, and how it came about. */
export interface MappingExplanation {
  readonly mapping: Mapping | NoMapping;
  /** Rules that name the identity or one of its name, in the order of precedence, up to the one that decided. */
  readonly considered: readonly ExplainedRule[];
  /** Where nobody was let in: the rule that would have done so but for one or two things. */
  readonly nearest: { readonly rule: string; readonly differs: string } | undefined;
}

export interface ExplainedRule {
  readonly rule: string;
  readonly standing: Standing;
  /** The standing in words. */
  readonly because: string;
}

const words: Readonly<Record<Standing, string>> = {
  applies: 'applies',
  recreated: 'is pinned to another principal ID or path: the principal was recreated or moved',
  unidentified: 'is pinned to a principal ID, which this identity does not tell',
  proof: 'does not take this kind of proof',
  other: 'names another path, or another case of a federated user',
  unmet: 'its condition does not hold',
  unknown: 'its condition cannot be evaluated, for this identity does not tell what it asks for',
  root: 'does not mean the root user: includeRoot is not set',
};

/** Explains by deciding: the engine is that of the decision, and only tells what it does. */
export async function explainMapping(
  identity: Identity,
  options: Omit<MapOptions, 'note'>,
): Promise<MappingExplanation> {
  const considered: Considered[] = [];
  const mapping = await mapWithLookUps(identity, { ...options, note: (one) => considered.push(one) });
  const isMissed = !mapping.ok && mapping.code === 'not_mapped';
  return {
    mapping,
    considered: considered.map(({ rule, standing }) => ({
      rule: describeRule(rule),
      standing,
      because: words[standing],
    })),
    nearest: isMissed ? nearestMiss(identity, rulesOf(options.rules)) : undefined,
  };
}

function* rulesOf(indexes: readonly RuleIndex[]): Iterable<Rule> {
  for (const { rules } of indexes) yield* rules;
}
