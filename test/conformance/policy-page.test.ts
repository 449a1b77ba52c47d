/**
 * docs/policy.md in step with the code: its example is a policy, and its variables are all there are.
 */
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import page from '../../docs/policy.md?raw';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { templateVariables } from '../../src/mapping/template.ts';

test('the example is a policy', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  expect(parsePolicy(parse(example)).rules).toHaveLength(7);
});

test('the table of variables is complete', () => {
  const rows = [...page.matchAll(/^\| `\{\{(\w+)\}\}` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(templateVariables);
});
