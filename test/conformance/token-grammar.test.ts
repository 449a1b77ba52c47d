/**
 * The grammar of a token: the tables of `token-rows.ts`, and what has to hold for all of their rows.
 */
import { describe, expect, test } from 'vitest';
import { tokenRefusals } from '../../src/errors/token.ts';
import { createEndpointResolver } from '../../src/sts/endpoints.ts';
import { decodeToken, encodeToken } from '../../src/token/encoding.ts';
import { parseToken, type TokenRules } from '../../src/token/parse.ts';
import { presignedUrl } from '../../src/token/presigned.ts';
import { expectLinear, fill } from '../support/linear.ts';
import {
  amzDate,
  at,
  authority,
  dated,
  now,
  path,
  plus,
  regionalHost,
  scheme,
  session,
  set,
  signature,
  token,
  url,
  without,
  wrap,
} from '../support/token-builder.ts';
import { accepted, type Expected, type Row, type Setting, tables, withRest } from '../support/token-rows.ts';

function rulesFor({ now: time = now, maxLength, ...endpoints }: Setting = {}): TokenRules {
  return {
    endpoints: createEndpointResolver(endpoints),
    now: time,
    ...(maxLength === undefined ? {} : { maxLength }),
  };
}

for (const [title, rows] of tables) {
  describe(title, () => {
    for (const [name, input, expected, setting] of rows) {
      test(`${name}: ${expected}`, () => {
        const parsed = parseToken(input, rulesFor(setting));
        expect(parsed.ok ? accepted : parsed.code).toBe(expected);
      });
    }
  });
}

describe('rule 9, the rebuilt URL of every accepted row', () => {
  const rows = tables.flatMap(([title, all]) =>
    all
      .filter(([, , expected]) => expected === accepted)
      .map(([name, input, , setting]) => [`${title}: ${name}`, input as string, setting] as const),
  );

  test.each(rows)('%s', (_, input, setting) => {
    const rules = rulesFor(setting);
    const parsed = parseToken(input, rules);
    if (!parsed.ok) throw new Error(parsed.code);
    const rebuilt = presignedUrl(parsed);

    expect(new URL(rebuilt).href).toBe(rebuilt);
    expect(parseToken(encodeToken(rebuilt), rules)).toEqual(parsed);
    expect(meaningOf(rebuilt)).toEqual(meaningOf(decoded(input)));
  });

  test('is the very URL where the AWS CLI wrote it', () => {
    const parsed = parseToken(token(session()), rulesFor());
    expect(parsed.ok && presignedUrl(parsed)).toBe(url(session()));
  });
});

describe('of two broken rules the earlier one speaks', () => {
  test.each<Row>([
    ['length before encoding', `k8s-aws-v1.${'!'.repeat(9000)}`, 'token_too_long'],
    ['encoding before URL', 'k8s-aws-v1.!', 'token_encoding'],
    ['ASCII before scheme', wrap('ftp://\xe9'), 'token_not_ascii'],
    ['scheme before fragment', token(scheme('ftp://'), set('Version', '#')), 'url_scheme'],
    ['fragment before user info', token(authority('a@b'), set('Version', '#')), 'url_fragment'],
    ['user info before port', token(authority('a:1@b:2')), 'url_userinfo'],
    ['port before host', token(authority('EVIL:1')), 'url_port'],
    ['host before path', token(authority('EVIL'), path('//')), 'url_host'],
    ['path before endpoint', token(authority('evil.example'), path('//')), 'url_path'],
    ['endpoint before query', token(authority('evil.example'), plus('x', 'y')), 'host_not_sts'],
    ['query before scope', token(plus('x', 'y'), set('X-Amz-Credential', 'x')), 'query_parameter_unknown'],
    ['unknown before missing', token(without('Action'), plus('x', 'y')), 'query_parameter_unknown'],
    ['fixed pairs before values', token(set('Version', 'x'), set('X-Amz-Signature', 'x')), 'query_version'],
    [
      'scope before signed headers',
      token(at(regionalHost, 'eu-west-1'), set('X-Amz-SignedHeaders', 'host')),
      'scope_region',
    ],
    [
      'signed headers before time',
      token(dated(amzDate(0)), set('X-Amz-SignedHeaders', 'host')),
      'signed_headers',
    ],
    ['time before X-Amz-Expires', token(dated(amzDate(0)), set('X-Amz-Expires', 'x')), 'token_expired'],
  ])('%s', (_, input, expected) => {
    expect(parseToken(input, rulesFor())).toMatchObject({ ok: false, code: expected });
  });
});

describe('what is accepted', () => {
  test('comes out in parts, with its end 15 minutes after its date', () => {
    expect(parseToken(token(session(), set('X-Amz-Expires', '0')), rulesFor())).toEqual({
      ok: true,
      endpoint: { host: regionalHost, region: 'us-east-1', listed: true },
      accessKeyId: 'AKIDEXAMPLE',
      date: '20261124T120000Z',
      expires: '0',
      encodedSessionToken: 'FwoGZXIvYXdzEXAMPLE%2F%2F%2FwEaDExample%2BToken%3D%3D',
      signature,
      signedAt: now,
      expiresAt: now + 15 * 60_000,
    });
  });

  test('tells a host of the table from one that only looks like it', () => {
    const parsed = parseToken(token(at('sts.eu-north-9.amazonaws.com', 'eu-north-9')), rulesFor());
    expect(parsed).toMatchObject({ ok: true, endpoint: { listed: false } });
  });
});

describe('a refusal', () => {
  test('of every code is in a table above', () => {
    const seen = new Set<Expected>(tables.flatMap(([, rows]) => rows.map(([, , expected]) => expected)));
    expect(Object.keys(tokenRefusals).filter((code) => !seen.has(code as Expected))).toEqual([]);
  });

  test('repeats nothing that the caller wrote', () => {
    const marker = 'Zq7XmarkerXq7Z';
    const refused = [
      `other.${marker}`,
      wrap(marker),
      token(authority(`${marker.toLowerCase()}.example`)),
      token(plus(marker, 'x')),
      token(set('Action', marker)),
      token(set('X-Amz-Credential', marker)),
      token(set('X-Amz-Signature', marker)),
      token(session(`${marker}%20`)),
      token(dated(marker)),
      token(set('X-Amz-Expires', marker)),
    ].map((input) => parseToken(input, rulesFor()));
    expect(refused.filter(({ ok }) => ok)).toEqual([]);
    expect(JSON.stringify(refused).toLowerCase()).not.toContain(marker.toLowerCase());
  });
});

/** What other software sees in the URL: the host, and the parameters in any order. */
function meaningOf(text: string): { host: string; path: string; parameters: string[][] } {
  const { host, pathname, searchParams } = new URL(text);
  return { host, path: pathname, parameters: [...searchParams].sort() };
}

function decoded(input: string): string {
  const result = decodeToken(input);
  if (!result.ok) throw new Error(result.code);
  return result.url;
}

describe('any byte at any place', () => {
  const original = url(session());
  const bytes = [...'\0\t\n\r\x7f\xa0\xff #%&+,-./0:;<=>?@AZ[\\]^_`az{|}~'];

  test.each([
    ['replaced', 1],
    ['put in', 0],
  ])('%s: refused with a code, or another spelling of the same', (_, removed) => {
    const rules = rulesFor();
    for (let place = 0; place < original.length; place++) {
      for (const byte of bytes) {
        const changed = original.slice(0, place) + byte + original.slice(place + removed);
        const parsed = parseToken(wrap(changed), rules);
        if (!parsed.ok) {
          if (!Object.hasOwn(tokenRefusals, parsed.code)) throw new Error(`${parsed.code} for ${changed}`);
          continue;
        }
        // What was checked is what another reader of the same URL sees, and what is sent says the same.
        expect(meaningOf(presignedUrl(parsed))).toEqual(meaningOf(changed));
      }
    }
  });

  test.each([0, 1, 2])('a token has one spelling, %i bytes in its last group', (rest) => {
    const whole = withRest(rest);
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      const spelling = whole.slice(0, -1) + last;
      const result = decodeToken(spelling);
      if (result.ok) expect(encodeToken(result.url)).toBe(spelling);
    }
  });

  test('any character at any place of the token', () => {
    const rules = rulesFor();
    const whole = token(session());
    for (let place = 0; place < whole.length; place++) {
      for (const character of ['\0', '\n', ' ', '=', '+', '/', '.', 'A', '_', '\u00e9', '\ud800', '\uff21']) {
        const parsed = parseToken(whole.slice(0, place) + character + whole.slice(place + 1), rules);
        if (parsed.ok) expect(new URL(presignedUrl(parsed)).href).toBe(presignedUrl(parsed));
        else expect(tokenRefusals).toHaveProperty(parsed.code);
      }
    }
  });
});

describe('time is linear for a token that is made to be slow', () => {
  const long: Setting = { maxLength: 1 << 20 };

  test.each<[name: string, make: (fill: (text: string) => string) => string]>([
    ['base64 that fails at its end', (fill) => `k8s-aws-v1.${fill('A')}!`],
    ['dots in the host', (fill) => token(authority(fill('.')))],
    ['labels in the host', (fill) => token(authority(`sts.${fill('a.')}com`))],
    ['dashes in the region', (fill) => token(authority(`sts.us-${fill('a-1')}.amazonaws.com`))],
    ['digits in the region', (fill) => token(authority(`sts.us-a-${fill('1')}x.amazonaws.com`))],
    ['no end of the host', (fill) => wrap(`https://${fill('a')}`)],
    ['empty pairs', (fill) => token(set('Version', fill('&')))],
    ['equals signs', (fill) => token(set('Version', fill('=')))],
    ['unknown names', (fill) => token(plus(fill('a'), 'x'))],
    ['escapes that fail at their end', (fill) => token(session(`${fill('%41')}%`))],
    ['letters that fail at their end', (fill) => token(session(`${fill('A')}!`))],
    ['letters that fail at their end once decoded', (fill) => token(session(`${fill('A')}%21`))],
    ['slashes in the credential', (fill) => token(set('X-Amz-Credential', fill('%2F')))],
    ['digits in the signature', (fill) => token(set('X-Amz-Signature', fill('0')))],
    ['digits in the date', (fill) => token(dated(fill('1')))],
    ['digits in X-Amz-Expires', (fill) => token(set('X-Amz-Expires', fill('9')))],
    ['signed headers', (fill) => token(set('X-Amz-SignedHeaders', fill('host%3B')))],
  ])('%s', async (_, make) => {
    const rules = rulesFor(long);
    await expectLinear((size) => {
      const input = make((text) => fill(text, size));
      expect(parseToken(input, rules).ok).toBe(false);
    });
  });
});
