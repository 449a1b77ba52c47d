/**
 * Many globs asked at once are like what each of them is like alone: a pattern that is missed may be a deny rule.
 */
import { expect, test } from 'vitest';
import { matchesGlob } from '../../src/mapping/glob.ts';
import { GlobTree } from '../../src/mapping/glob-tree.ts';
import { expectLinear } from '../support/linear.ts';
import { Random } from '../support/random.ts';

function treeOf(globs: readonly string[]): GlobTree<string> {
  const tree = new GlobTree<string>();
  for (const glob of globs) tree.add(glob, glob);
  return tree;
}

test.each<[text: string, globs: readonly string[], like: readonly string[]]>([
  ['', ['', '*', '?', '**', 'a'], ['', '*', '**']],
  ['ab', ['ab', 'abc', 'a', 'a?', '?b', '??', '???'], ['ab', 'a?', '?b', '??']],
  ['abab', ['*ab', 'ab*', '*ab*', '*ba', 'a*b', '*a*a*', '*a*a*a*'], ['*ab', 'ab*', '*ab*', 'a*b', '*a*a*']],
  [
    'team-12-x',
    ['team-1*', 'team-12-*', 'team-13-*', 'team-12', 'team-*-x'],
    ['team-1*', 'team-12-*', 'team-*-x'],
  ],
  ['aab', ['*ab', '*aab', '*b', '*aaab', '?*ab', '??*ab'], ['*ab', '*aab', '*b', '?*ab']],
  ['a?b', ['a?b', 'a*b', 'axb', 'a\\?b'], ['a?b', 'a*b']],
  ['a*b', ['a*b', 'a?b', 'a**b'], ['a*b', 'a?b', 'a**b']],
  ['xyxz', ['*x?', '*x?*', '*x*z', '*x?z', '*y*x'], ['*x?', '*x?*', '*x*z']],
  ['K', ['k', 'K', '?', '??'], ['K', '?']],
])('%j', (text, globs, like) => {
  const tree = treeOf(globs);
  expect([...tree.matching(text)].sort()).toEqual([...like].sort());
  expect([...tree.matching(text)].sort(), 'asked again').toEqual([...like].sort());
});

test('a text is like what one glob after the other says, whatever the globs have in common', () => {
  const random = new Random(20261124);
  let found = 0;
  for (let round = 0; round < 500; round++) {
    const alphabet = random.pick(['ab*', 'ab?', 'ab*?', 'abc**?']);
    const globs = Array.from({ length: 1 + random.below(25) }, () => random.text(random.below(10), alphabet));
    const tree = treeOf(globs);
    for (let ask = 0; ask < 20; ask++) {
      const text = random.text(random.below(12), random.pick(['ab', 'abc', 'a*?']));
      const expected = globs.filter((glob) => matchesGlob(glob, text)).sort();
      expect([...tree.matching(text)].sort(), `${text} among ${globs.join(' ')}`).toEqual(expected);
      found += expected.length;
    }
  }
  expect(found).toBeGreaterThan(1000);
});

test('a glob that is added later is found, by a text too that was asked about before', () => {
  const tree = treeOf(['a*']);
  expect(tree.matching('ab')).toEqual(['a*']);
  tree.add('*b', '*b');
  expect([...tree.matching('ab')].sort()).toEqual(['*b', 'a*']);
});

test('more texts than are held are answered as well', () => {
  const tree = treeOf(['team-*-x', 'team-7?-x']);
  for (const round of [1, 2]) {
    for (let index = 0; index < 2500; index++) {
      const like = index >= 70 && index <= 79 ? 2 : 1;
      expect(tree.matching(`team-${index}-x`), `round ${round}`).toHaveLength(like);
      expect(tree.matching(`team-${index}-y`)).toHaveLength(0);
    }
  }
});

test('attack: a text that is nearly like globs of many stars takes linear time', async () => {
  const tree = treeOf(Array.from({ length: 20 }, (_, index) => `${'*a'.repeat(8)}*b${index}`));
  let asked = 0;
  await expectLinear((size) => tree.matching(`${'a'.repeat(size / 8)}${asked++}`));
});
