/**
 * `docs/migration.md` leaves out no flag of aws-iam-authenticator, and invents none. The flags are those that its help
 * prints (`test/fixtures/README.md`); `npm run interop` compares them with the program.
 */
import { describe, expect, test } from 'vitest';
import page from '../../docs/migration.md?raw';
import fixture from '../fixtures/aws-iam-authenticator-flags.json' with { type: 'json' };
import { commands, flagsIn } from '../support/help-flags.ts';

const flags: Readonly<Record<string, readonly string[]>> = fixture.flags;

/** What the first cells of the table in a section name. */
function rowsOf(title: string): string[] {
  const section = page.split(/^#{2,3} /m).find((text) => text.startsWith(`${title}\n`)) ?? '';
  const cells = [...section.matchAll(/^\|([^|]*)\|/gm)].map(([, cell]) => cell ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`(--[\w-]+)`/g)].map(([, flag]) => flag ?? ''));
}

describe('the guide has a row for each flag of', () => {
  test.each(commands)('aws-iam-authenticator %s', (command) => {
    expect(flags[command]?.length).toBeGreaterThan(0);
    expect(rowsOf(command || 'Every command')).toEqual(flags[command]);
  });

  test('every command of the fixture', () => {
    expect(Object.keys(flags)).toEqual(commands);
  });
});

test('the guide says which version it is about', () => {
  expect(page).toContain(`source of ${fixture.version} `);
});

test('a help text is read as far as its own flags go', () => {
  const help = `Usage:
  x token [flags]

Flags:
      --cache                Cache --no-such-flag
  -e, --external-id string   External
                             --continued here
  -h, --help                 help for token

Global Flags:
  -i, --cluster-id ID   Specify
`;
  expect(flagsIn(help)).toEqual(['--cache', '--external-id']);
});
