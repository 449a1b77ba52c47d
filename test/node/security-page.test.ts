/**
 * The pages for the bad day: each threat names a test that there is, the sum of what holds a grant is that of the settings, and no link
 * or code leads nowhere.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../../src/runtime/settings.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const security = read('docs/security.md');

/** Rows of the table below a heading, cell by cell, without its head. */
function rowsBelow(page: string, heading: string): string[][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? expect.fail(`no ${heading}`);
  const table = section.split('\n\n').find((part) => part.trimStart().startsWith('|')) ?? '';
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe('docs/security.md', () => {
  const tests = new Set(
    globSync('test/*/**/*.test.ts', { cwd: root }).map((path) =>
      path.replace(/^test\/[^/]+\//, '').replace('.test.ts', ''),
    ),
  );
  const threats = rowsBelow(security, 'Attacks, and where they end');

  test('has threats', () => {
    expect(threats.length).toBeGreaterThan(50);
  });

  test.each(threats)('%s', (_attack, end, names = '') => {
    expect(end).toBeTruthy();
    const named = [...names.matchAll(/`([\w/-]+)`/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(names.replace(/`[\w/-]+`/g, '').replace(/[, ]/g, '')).toBe('');
    expect(named.filter((name) => !tests.has(name))).toEqual([]);
  });

  test('adds up what holds a revoked grant, with the defaults of the settings', () => {
    const settings = readSettings({ CALLERID_CLUSTER: 'prod.example.com', CALLERID_API_SERVER_AUTH: 'none' });
    const rows = rowsBelow(security, 'How long a revoked grant lives');
    const held = rows.slice(0, -1).map(([, , time = '', by = '', rule, credentials]) => ({
      seconds: Number(/^(\d+) s$/.exec(time)?.[1]),
      by,
      rule,
      credentials,
    }));
    const secondsOf = (setting: string) => held.find(({ by }) => by.includes(setting))?.seconds;
    expect(secondsOf('CALLERID_POLICY_SECONDS')).toBe(settings.policySeconds);
    expect(secondsOf('CALLERID_IDENTITY_SECONDS')).toBe(settings.identitySeconds);
    const sum = (column: 'rule' | 'credentials') =>
      held.reduce((all, one) => (one[column] === '+' ? all + one.seconds : all), 0);
    expect(rows.at(-1)?.slice(-2)).toEqual([`**${sum('rule')} s**`, `**${sum('credentials')} s**`]);
    expect(security).toContain(`the store is down | ${settings.lastGoodSeconds} s more`);
    const minutes = `${Math.floor(sum('rule') / 60)} minutes and ${sum('rule') % 60} seconds`;
    expect(security).toContain(minutes);
  });
});

test('every symptom that alerts point to has its place', () => {
  const anchors = anchorsOf(read('docs/operations.md'));
  expect(anchors).toEqual(
    expect.arrayContaining([
      'no-verdicts',
      'policy-stale',
      'sts-throttling',
      'break-glass',
      'latency',
      'refusals',
    ]),
  );
});

test('codes in the tables of symptoms exist', () => {
  const cells = read('docs/operations.md')
    .split('\n')
    .map((line) => /^\| ((?:`[a-z0-9_]+`(?:, )?)+)(?: and the other `ec2_`)? \|/.exec(line)?.[1] ?? '');
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([a-z0-9_]+)`/g)].map(([, code = '']) => code));
  expect(named.length).toBeGreaterThan(20);
  const codes = read('docs/codes.md'); // which has all of them
  expect(named.filter((code) => !codes.includes(`| \`${code}\` |`))).toEqual([]);
});

describe('links', () => {
  test.each(['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root })])(
    'of %s lead somewhere',
    (page) => {
      const text = read(page).replace(/^```[\s\S]*?^```/gm, '');
      const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
      const broken = links.filter((link) => !/^https?:/.test(link) && !leads(page, link));
      expect(broken).toEqual([]);
    },
  );
});

function leads(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || !target.endsWith('.md') || anchorsOf(read(target)).includes(anchor);
}

/** As the repository's host makes them of headings. */
function anchorsOf(page: string): string[] {
  const headings = page.replace(/^```[\s\S]*?^```/gm, '').match(/^#{1,6} .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
