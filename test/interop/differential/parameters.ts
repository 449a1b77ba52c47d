/**
 * Mutations of the query as a list of parameters.
 *
 * @module
 */
import type { Random } from '../../support/random.ts';
import { type Draft, names, type Pair, rawValue, setValue, tellable, writePair } from './draft.ts';
import { type Mutation, ofDraft } from './mutation.ts';

const extraNames = [
  'AWSAccessKeyId',
  'Action%00',
  'Action%20',
  'Action[]',
  'DurationSeconds',
  'RoleArn',
  'WebIdentityToken',
  'X-Amz-Content-Sha256',
  'X-Amz-Region-Set',
  'X-Amz-Security-Token',
  'X-Amz-Target',
  '__proto__',
  'constructor',
  'x-k8s-aws-id',
];
const extraValues = ['', '1', 'AssumeRole', 'GetCallerIdentity', 'AAAA', '%00'];

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** The text with one character as an escape, or in another form. */
function atOne(text: string, chance: Random, form: (character: string) => string): string {
  const at = chance.below(text.length);
  return text.slice(0, at) + form(text.charAt(at)) + text.slice(at + 1);
}

function insert(draft: Draft, pair: Pair, chance: Random): void {
  draft.query.splice(chance.below(draft.query.length + 1), 0, pair);
}

/** Changes one pair, and tells its name. */
function onPair(kind: string, change: (pair: Pair, chance: Random, draft: Draft) => void): Mutation {
  return ofDraft(kind, (draft, chance) => {
    const pair = chance.pick(draft.query);
    const place = tellable(pair[0]);
    change(pair, chance, draft);
    return place;
  });
}

/** Changes the value of one pair that has one. */
function onValue(kind: string, change: (value: string, chance: Random) => string): Mutation {
  return onPair(kind, (pair, chance) => {
    if (pair[1]) pair[1] = change(pair[1], chance);
  });
}

/** Escapes that a signer may have written in another way. */
const otherForms: readonly ((value: string) => string)[] = [
  (value) => value.replace(/%[0-9A-F]{2}/g, (one) => one.toLowerCase()),
  (value) => value.replaceAll('%2F', '/'),
  (value) => value.replaceAll('%3D', '='),
  (value) => value.replaceAll('%2B', '+'),
  (value) => value.replaceAll('%3B', ';'),
];

function shuffled(pairs: readonly Pair[], chance: Random): Pair[] {
  const rest = [...pairs];
  return pairs.map(() => rest.splice(chance.below(rest.length), 1)[0] as Pair);
}

export const parameterMutations: readonly Mutation[] = [
  onPair('parameter twice, the same', ([name, value], chance, draft) => insert(draft, [name, value], chance)),
  onPair('parameter twice, another value', ([name], chance, draft) =>
    insert(draft, [name, chance.pick(extraValues)], chance),
  ),
  onPair('parameter twice, in another case', ([name, value], chance, draft) =>
    insert(draft, [name.toLowerCase(), value], chance),
  ),
  onPair('parameter in another case', (pair, chance) => {
    const forms = [pair[0].toLowerCase(), pair[0].toUpperCase(), atOne(pair[0], chance, swapCase)];
    pair[0] = chance.pick(forms);
  }),
  ofDraft('parameters in another order', (draft, chance) => {
    draft.query = shuffled(draft.query, chance);
    return 'the query';
  }),
  onPair('parameter missing', (pair, _, draft) => {
    if (draft.query.length > 1) draft.query = draft.query.filter((one) => one !== pair);
  }),
  ofDraft('parameter extra', (draft, chance) => {
    insert(draft, [chance.pick(extraNames), chance.pick(extraValues)], chance);
    return 'the query';
  }),
  onPair('parameter without a value', (pair, chance) => {
    pair[1] = chance.below(2) === 0 ? '' : undefined;
  }),
  onPair('name encoded', (pair, chance) => {
    pair[0] = atOne(pair[0], chance, percent);
  }),
  onValue('value encoded', (value, chance) =>
    atOne(value, chance, (one) => (/[A-Za-z0-9]/.test(one) ? percent(one) : one)),
  ),
  onValue('value encoded twice', (value, chance) =>
    value.includes('%')
      ? value.replaceAll('%', '%25')
      : atOne(value, chance, (one) => `%25${percent(one).slice(1)}`),
  ),
  ofDraft('escapes in another form', (draft, chance) => {
    const form = chance.pick(otherForms);
    const name = chance.pick(names);
    const value = rawValue(draft, name);
    if (value !== '') setValue(draft, name, form(value));
    return name;
  }),
  onValue(
    'escape that is none',
    (value, chance) => value + chance.pick(['%', '%2', '%zz', '%u002F', '%C0%AF']),
  ),
  onValue('space', (value, chance) => {
    const space = chance.pick(['+', '%20', ' ', '%0A', '%09']);
    const [before, after] = chance.pick([[space, ''] as const, ['', space] as const]);
    return `${before}${value}${after}`;
  }),
  ofDraft('semicolon', (draft, chance) => {
    const at = chance.below(draft.query.length);
    const [pair, next] = [draft.query[at] as Pair, draft.query[at + 1]];
    if (next === undefined) pair[1] = `${pair[1] ?? ''};`;
    else draft.query.splice(at, 2, [pair[0], `${pair[1] ?? ''};${writePair(next)}`]);
    return tellable(pair[0]);
  }),
  ofDraft('pair that is none', (draft, chance) => {
    insert(
      draft,
      chance.pick<Pair>([
        ['', undefined],
        ['', ''],
        ['', 'AssumeRole'],
        ['?', undefined],
      ]),
      chance,
    );
    return 'the query';
  }),
];

function swapCase(character: string): string {
  const lower = character.toLowerCase();
  return character === lower ? character.toUpperCase() : lower;
}
