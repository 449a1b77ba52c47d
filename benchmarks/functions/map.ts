/**
 * Mapping an identity, and explaining why it is mapped so.
 *
 * @module
 */
import type { Identity } from '../../src/identity/identity.ts';
import { explainMapping } from '../../src/mapping/explain.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import type { RoleRule } from '../../src/mapping/rule.ts';
import { RuleIndex } from '../../src/mapping/rule-index.ts';
import { inTurn, nsOf, nsOfAwaited } from '../batches.ts';
import type { Extent, Figure } from '../figure.ts';
import { policyOf } from '../mapping/policies.ts';
import { beside } from './beside.ts';
import { count, identities } from './samples.ts';

const { rules } = policyOf(count);
const indexes = [new RuleIndex(rules)];

/** Beside a `Map` of canonical ARNs with the names put in: no kinds of rules, no precedence, nothing reserved. */
export function mapFigure(extent: Extent): Promise<Figure> {
  const byArn = new Map(rules.map((rule, at) => [identities[at]?.canonicalArn, rule as RoleRule]));
  const yardstick = (turn: number) => {
    const { canonicalArn, sessionName = '' } = inTurn(identities, turn);
    const rule = byArn.get(canonicalArn);
    if (rule === undefined) throw new Error('not mapped');
    const fill = (text: string): string => text.replaceAll('{{SessionName}}', sessionName);
    return { username: fill(rule.username), groups: rule.groups.map(fill) };
  };
  return beside(
    'map',
    (ms) => nsOf(mapped, ms),
    (ms) => nsOf(yardstick, ms),
    extent,
  );
}

/** Beside mapping: of those who come in. Whoever does not is compared with every rule, and nobody waits for that. */
export function explainFigure(extent: Extent): Promise<Figure> {
  const explained = (turn: number) => explainMapping(inTurn(identities, turn), { rules: indexes });
  return beside(
    'explain',
    (ms) => nsOfAwaited(explained, ms),
    (ms) => nsOf(mapped, ms),
    extent,
  );
}

function mapped(turn: number): unknown {
  const identity: Identity = inTurn(identities, turn);
  const mapping = mapIdentity(identity, indexes);
  if (!mapping.ok) throw new Error(mapping.code);
  return mapping;
}
