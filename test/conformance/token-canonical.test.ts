/**
 * The short way through the grammar is no other grammar.
 */
import { describe, expect, test } from 'vitest';
import { readCanonicalUrl } from '../../src/token/canonical.ts';
import { decodeToken } from '../../src/token/encoding.ts';
import { presignedUrl } from '../../src/token/presigned.ts';
import { parseQuery } from '../../src/token/query.ts';
import { splitUrl } from '../../src/token/url.ts';
import { expectLinear } from '../support/linear.ts';
import { Random } from '../support/random.ts';
import { credential, plus, session, set, url } from '../support/token-builder.ts';
import { tables } from '../support/token-rows.ts';

/** As the grammar reads it, part by part; undefined where it refuses. */
function readByRules(text: string): unknown {
  const split = splitUrl(text);
  const query = split.ok ? parseQuery(split.query) : split;
  return split.ok && query.ok ? { ...query, host: split.host } : undefined;
}

const written = [
  url(),
  url(session()),
  url(session('A')),
  url(set('X-Amz-Expires', '0')),
  url(set('X-Amz-Credential', credential('eu-west-1', '20261123', 'ASIAEXAMPLE'))),
];

test.each(written)('what signers write is read, as the grammar reads it: %#', (text) => {
  const read = readCanonicalUrl(text);
  expect(read).toBeDefined();
  expect(read).toEqual(readByRules(text));
});

describe('attack: a spelling that the short way takes and the grammar refuses, or reads in another way', () => {
  test('of every row of the grammar, accepted or refused', () => {
    const texts = tables.flatMap(([, rows]) => rows.map(([, input]) => decoded(input)));
    const read = texts.filter((text) => agree(text));
    expect(read.length).toBeGreaterThan(50);
  });

  test('of 60,000 spoilt URLs', () => {
    const random = new Random(8);
    const alphabet = 'aZ09-_.~/:=&%?#+ 2BF3Dé\n\\@X-Amz-Security-Token=';
    let read = 0;
    for (let round = 0; round < 60_000; round++) {
      const spoilt = random.spoil(random.pick(written), alphabet);
      if (agree(random.below(2) === 0 ? spoilt : random.spoil(spoilt, alphabet))) read++;
    }
    expect(read).toBeGreaterThan(2000);
  });

  test.each([
    ['a second session token', url(session(), plus('X-Amz-Security-Token', 'AAAA'))],
    ['a line end at the end', `${url()}\n`],
    ['a line end before it', `\n${url()}`],
    ['an escape in small letters', url(session('AA%2fA'))],
    ['an escape that needs none', url(session('A%41A'))],
    ['a host in capitals', url().replace('sts.', 'STS.')],
    ['another scope', url(set('X-Amz-Credential', credential().replace('sts%2F', 'iam%2F')))],
  ])('%s is not for the short way', (_, text) => {
    expect(readCanonicalUrl(text)).toBeUndefined();
  });
});

test('a session token without an end takes linear time', async () => {
  const head = url(session('A')).split('&X-Amz-Signature')[0];
  await expectLinear((size) => readCanonicalUrl(`${head}${'A%2B'.repeat(size / 4)}&X-Amz-Signature=zz`));
});

test('the session token stands in the rebuilt URL as it was signed', () => {
  const text = url(session());
  const read = readCanonicalUrl(text);
  const endpoint = { host: 'sts.us-east-1.amazonaws.com', region: 'us-east-1', listed: true };
  expect(read && presignedUrl({ ...read, endpoint })).toBe(text);
});

/** Whether the short way reads it; fails where the grammar says anything else. */
function agree(text: string): boolean {
  const read = readCanonicalUrl(text);
  if (read !== undefined) expect(read).toEqual(readByRules(text));
  return read !== undefined;
}

function decoded(input: unknown): string {
  const read = decodeToken(String(input));
  return read.ok ? read.url : '';
}
