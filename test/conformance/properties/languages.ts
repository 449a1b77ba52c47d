/**
 * What holds for the small languages that policies are written in: templates, patterns, globs, conditions.
 */
import fc from 'fast-check';
import { PolicyError } from '../../../src/errors/classes.ts';
import {
  isTagKey,
  orgIdProblem,
  ouPathGlobProblem,
  sessionGlobProblem,
  tagGlobProblem,
} from '../../../src/mapping/condition-form.ts';
import { foldCase } from '../../../src/mapping/fold-case.ts';
import { hasTooManyStars, matchesGlob } from '../../../src/mapping/glob.ts';
import { parsePattern, patternProblems } from '../../../src/mapping/pattern.ts';
import { permissionSetOf } from '../../../src/mapping/permission-set.ts';
import { parsePolicy } from '../../../src/mapping/schema.ts';
import { parseTemplate, renderTemplate } from '../../../src/mapping/template.ts';
import { session } from '../../support/identities.ts';
import { templates } from '../../support/policy-inputs.ts';
import { ensure, ensureSame, type Property, property } from '../../support/property.ts';
import { spoiltText } from '../../support/spoil.ts';

const braces = ['{{', '}}', '{', '}', '{{SessionName}}', '{{PrincipalTag:a:b}}', '{{x}}', '{{ RoleName }}'];
const patterns = [
  ...['arn:aws:iam::111122223333:role/A*', 'arn:aws-cn:iam::111122223333:user/a/b/*?'],
  ...['arn:aws:sts::111122223333:federated-user/?*', 'arn:aws:iam::111122223333:role/*'],
];

const role = 'arn:aws:iam::111122223333:role/Admin';
/** Each condition, what says whether a text of it may be written, and good ones. */
const conditions: readonly {
  readonly problem: (text: string) => string | undefined;
  readonly of: (text: string) => object;
  readonly good: readonly string[];
}[] = [
  {
    problem: sessionGlobProblem,
    of: (text) => ({ sessionName: [text] }),
    good: ['a*', 'alice@example.com', '??'],
  },
  { problem: orgIdProblem, of: (text) => ({ orgId: [text] }), good: ['o-a1b2c3d4e5'] },
  {
    problem: ouPathGlobProblem,
    of: (text) => ({ ouPath: [text] }),
    good: ['o-a1b2c3d4e5/r-ab12/*', 'o-*/r-?/'],
  },
  {
    problem: tagGlobProblem,
    of: (text) => ({ principalTags: { team: [text] } }),
    good: ['a b*', 'é:/=', '*'],
  },
  {
    problem: (key) => (isTagKey(key) ? undefined : 'no key'),
    of: (key) => ({ principalTags: Object.fromEntries([[key, ['a']]]) }),
    good: ['team', 'a:b/c', 'constructor'],
  },
];

function isPolicy(rule: object): boolean {
  try {
    parsePolicy({ rules: [rule] });
    return true;
  } catch (error) {
    if (error instanceof PolicyError) return false;
    throw error;
  }
}

/** Of a glob, by no code of ours. */
function likeOf(glob: string): RegExp {
  const parts = glob.split('').map((one) => {
    if (one === '*') return '[^]*';
    return one === '?' ? '[^]' : `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return new RegExp(`^${parts.join('')}$`);
}

const few = (alphabet: string, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), maxLength });

const setNames = fc.constantFrom(
  'Admin',
  'Admin_Billing',
  'a',
  'A'.repeat(32),
  '_',
  'Admin_0123456789abcdef',
);

export const languages: readonly Property[] = [
  property({
    name: 'language: a template is its literal text and variables, each put in once',
    input: spoiltText(templates, braces),
    check: (text) => {
      const template = parseTemplate(text);
      if (typeof template === 'string') return false;
      const written = template.rest.map(({ variable, literal }) => `{{${variable}}}${literal}`);
      ensureSame(template.head + written.join(''), text, 'written');
      const literals = [template.head, ...template.rest.map(({ literal }) => literal)];
      const rendered = renderTemplate(template, session('se-ss'), { privateDnsName: 'dns' });
      if (!rendered.ok) return true;
      ensure(!literals.join('').includes('{{') && !rendered.text.includes('{{'), 'a template in the result');
      ensure(rendered.text.startsWith(template.head), 'another head');
      ensure(rendered.text.endsWith(literals.at(-1) as string), 'another end');
      return true;
    },
  }),
  property({
    name: 'language: a pattern has its wildcards in the name alone',
    input: spoiltText(fc.constantFrom(...patterns), [
      '*',
      '?',
      ':',
      '/',
      'role/',
      'user/',
      '**',
      '111122223333',
    ]),
    check: (text) => {
      const pattern = parsePattern(text);
      if (typeof pattern === 'string') {
        ensure(Object.hasOwn(patternProblems, pattern), `an unknown problem ${pattern}`);
        return false;
      }
      ensureSame(pattern.prefix + pattern.glob, text, 'written');
      ensure(!/[*?]/.test(pattern.prefix) && /[*?]/.test(pattern.glob), 'a wildcard in another place');
      ensure(
        /^[0-9]{12}$/.test(pattern.account) && !pattern.glob.includes(':'),
        'a pattern of another account',
      );
      return true;
    },
  }),
  property({
    name: 'language: a glob means what a regular expression of it means',
    input: fc
      .tuple(few('ab*?.^', 8), few('ab.^*', 12))
      .map(([glob, text]) => ({ glob, text }))
      .chain(({ glob, text }) =>
        fc.constantFrom({ glob, text }, { glob, text: glob.replaceAll('*', text).replaceAll('?', 'a') }),
      ),
    check: ({ glob, text }) => {
      ensureSame(matchesGlob(glob, text), likeOf(glob).test(text), 'whether it is like the glob');
      ensureSame(
        hasTooManyStars(glob),
        glob.replace(/[^*]/g, '').length > 8,
        'whether it has too many stars',
      );
      return matchesGlob(glob, text);
    },
  }),
  property({
    name: 'language: a condition that may be written makes a policy, and no other does',
    input: fc
      .nat(conditions.length - 1)
      .chain((kind) =>
        spoiltText(fc.constantFrom(...(conditions[kind]?.good ?? [])), [
          '*',
          '?',
          '//',
          '__proto__',
          'o-',
        ]).map((text) => ({ kind, text })),
      ),
    check: ({ kind, text }) => {
      const { problem, of } = conditions[kind] as (typeof conditions)[number];
      const isGood = problem(text) === undefined;
      ensureSame(isPolicy({ role, deny: true, conditions: of(text) }), isGood, 'whether it makes a policy');
      return isGood;
    },
  }),
  property({
    name: 'language: the permission set of a role is the whole of its name, and no longer one',
    input: setNames.chain((set) =>
      spoiltText(fc.constant(`AWSReservedSSO_${set}_0123456789abcdef`), [
        '_',
        'AWSReservedSSO_',
        'abcdef',
      ]).map((text) => ({ set, text })),
    ),
    check: ({ text }) => {
      const set = permissionSetOf(text);
      const any = permissionSetOf(text, true);
      ensure(set === undefined || set === any, 'a grant that no deny rule can name');
      if (set === undefined) return false;
      ensureSame(text.slice('AWSReservedSSO_'.length, -17).toLowerCase(), set, 'the name between');
      return true;
    },
  }),
  property({
    name: 'language: without case a text keeps its length, and a deny rule means every case of it',
    input: few('abIİıſsKkßẞσςΣéÉǅǆ\ud83d', 20),
    check: (text) => {
      const folded = foldCase(text);
      ensureSame(folded.length, text.length, 'the length');
      ensureSame(foldCase(folded), folded, 'folded again');
      for (const one of text) {
        for (const other of [one.toUpperCase(), one.toLowerCase()])
          if (other.length === one.length) ensureSame(foldCase(other), foldCase(one), `${other} and ${one}`);
      }
      return true;
    },
  }),
];
