/**
 * `docs/codes.md` and `src/errors/` say the same, and the answers give the status that the page promises.
 */

import { describe, expect, test } from 'vitest';
import page from '../../docs/codes.md?raw';
import { accessRefusals, reasonOf as reasonOfAny } from '../../src/errors/access.ts';
import * as classes from '../../src/errors/classes.ts';
import source from '../../src/errors/classes.ts?raw';
import {
  adminErrors,
  type Code,
  type CommonCode,
  type OutageCode,
  outages,
  reasonOf,
} from '../../src/errors/codes.ts';
import { exchangeErrors, exchangeRefusals } from '../../src/errors/exchange.ts';
import { jwtRefusals } from '../../src/errors/jwt.ts';
import { mappingRefusals } from '../../src/errors/mapping.ts';
import { type RequestErrorCode, requestErrors } from '../../src/errors/request.ts';
import { stsRefusals } from '../../src/errors/sts.ts';
import { keyRefusals, tokenRefusals } from '../../src/errors/token.ts';
import { errorAnswer, outageAnswer } from '../../src/http/answers.ts';

/** The page by its headings. */
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);

/** The cells of the table of a section, without its head. */
function rowsOf(title: string): string[][] {
  const lines = (sections.get(title) ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const groups = [
  ['Refusals of the token', tokenRefusals],
  ['Refusals by STS', stsRefusals],
  ['Refusals of a JWT', jwtRefusals],
  ['Denials', mappingRefusals],
  ['Refusals by an issuer', exchangeRefusals],
  ['No verdict', outages],
  ['Requests that are no review', requestErrors],
  ['Requests for a token', exchangeErrors],
  ['Guarded services', accessRefusals],
  ['Keys', keyRefusals],
  ['The admin API', adminErrors],
] as const;

describe('docs/codes.md', () => {
  test.each(groups)('%s: every code and its text, in order, and no other', (title, codes) => {
    expect(rowsOf(title)).toEqual(Object.entries(codes).map(([code, text]) => [`\`${code}\``, text]));
  });

  test('has these sections', () => {
    expect([...sections.keys()]).toEqual([...groups.map(([title]) => title), 'Errors that are thrown']);
  });

  test('every class that is thrown, and its codes', () => {
    const names = Object.entries(classes)
      .filter(([, value]) => typeof value === 'function' && value.prototype instanceof classes.CalleridError)
      .map(([name]) => `\`${name}\``);
    const rows = rowsOf('Errors that are thrown').map(([name = '', codes = '']) => [name, codes]);
    const storeCodes = /code: ((?:'store_\w+'(?: \| )?)+)/.exec(source)?.[1]?.match(/store_\w+/g) ?? [];
    expect(rows).toEqual([
      ['`ConfigurationError`', `\`${new classes.ConfigurationError('a', 'b', 'c').code}\``],
      ['`PolicyError`', `\`${new classes.PolicyError([]).code}\``],
      ['`PolicyConflictError`', `\`${new classes.PolicyConflictError(1).code}\``],
      ['`PolicyVersionError`', '`policy_version_unknown`, `policy_incomplete`'],
      ['`PolicySignatureError`', '`policy_unsigned`, `policy_signature_invalid`'],
      ['`StoreError`', storeCodes.map((code) => `\`${code}\``).join(', ')],
    ]);
    expect(rows.map(([name]) => name).sort()).toEqual(names.sort());
    expect(storeCodes).toHaveLength(3);
  });
});

describe('a code', () => {
  const all = groups.flatMap(([, codes]) => Object.entries(codes));

  test('stands in one group only', () => {
    expect(new Set(all.map(([code]) => code)).size).toBe(all.length);
  });

  test.each(all)('%s is a word, and its text a short printable phrase', (code, text) => {
    expect(code).toMatch(/^[a-z][a-z0-9]*(?:_[a-z]+)*$/);
    expect(text).toMatch(/^[\x21-\x7e](?:[\x20-\x7e]{8,150})[a-zA-Z0-9"/]$/);
    expect(reasonOfAny({ code: code as Code })).toBe(text);
    expect(reasonOfAny({ code: code as Code, detail: 'x' })).toBe(`${text} (x)`);
  });

  const common = groups
    .filter(([title]) => title !== 'Guarded services')
    .flatMap(([, codes]) => Object.entries(codes));

  test.each(common)('%s has its words without a guard too', (code, text) => {
    expect(reasonOf({ code: code as CommonCode })).toBe(text);
    expect(reasonOf({ code: code as CommonCode, detail: 'x' })).toBe(`${text} (x)`);
  });

  const promised = new Map(
    [...(sections.get('Requests that are no review') ?? '').split('\n|')[0]!.matchAll(/`(\w+)` (\d+)/g)].map(
      ([, code, status]) => [code, Number(status)] as const,
    ),
  );

  test.each(Object.keys(requestErrors) as RequestErrorCode[])(
    '%s has the HTTP status of the page',
    (code) => {
      expect(errorAnswer(code, 'id').status).toBe(promised.get(code) ?? 400);
    },
  );

  test('the page promises a status for codes that exist', () => {
    expect(promised.size).toBe(6);
    for (const code of promised.keys()) expect(requestErrors).toHaveProperty(String(code));
  });

  test.each(Object.keys(outages) as OutageCode[])('%s: no verdict, come again', (code) => {
    const { status, headers } = outageAnswer(code, 'id');
    expect(status).toBe(code === 'overloaded' || code.endsWith('_throttled') ? 429 : 503);
    expect(headers.has('retry-after')).toBe(true);
  });
});
