/**
 * Whatever anybody sends: the answer is one of the table, it comes in linear time, and nobody is granted what is not
 * theirs.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Answer, Deployment, people, prod } from '../support/deployment.ts';
import { expectLinear, fill } from '../support/linear.ts';
import { Random } from '../support/random.ts';
import { decode } from '../support/scenarios.ts';
import { wrap } from '../support/token-builder.ts';

const versions = ['authentication.k8s.io/v1', 'authentication.k8s.io/v1beta1'];
const kind = 'TokenReview';

/** What STS is sent, to the letter: hosts of the partition, and the order and the spelling of the AWS CLI. */
const rebuilt =
  /^https:\/\/sts(-fips)?(\.[a-z]{2}-[a-z0-9]+-\d+)?\.(amazonaws\.com|api\.aws)\/\?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=[A-Za-z0-9]{4,128}%2F\d{8}%2F[a-z0-9-]+%2Fsts%2Faws4_request&X-Amz-Date=\d{8}T\d{6}Z&X-Amz-Expires=\d{1,3}&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id(&X-Amz-Security-Token=[A-Za-z0-9%_-]+)?&X-Amz-Signature=[0-9a-f]{64}$/;

/** A deployment whose STS writes down what it is asked. */
async function observed(): Promise<{ deployment: Deployment; urls: string[] }> {
  const urls: string[] = [];
  const deployment: Deployment = await Deployment.start({
    fetch: ((input: string, init: RequestInit) => {
      urls.push(input);
      expect(Object.keys(init.headers ?? {}).sort()).toEqual(['accept', 'x-k8s-aws-id']);
      return deployment.sts.fetch(input, init);
    }) as typeof fetch,
  });
  return { deployment, urls };
}

/** A stack, a path of the source, or a value that was not meant to be text. */
const leak = /\n|\bat \S+ \(|\.[jt]s:\d|file:|node_modules|Error\b|undefined|\[object|NaN/;

/** Every answer has a place in the table. */
function expectOfTheTable({ status, body, text, decisionId }: Answer): void {
  expect(text).not.toMatch(leak);
  if (status === 200) {
    expect(body.kind).toBe(kind);
    expect(versions).toContain(body.apiVersion);
    expect(Object.keys(body)).toEqual(['apiVersion', 'kind', 'status']);
    expect(typeof body.status.authenticated).toBe('boolean');
    const { error } = body.status;
    if (error === undefined) return;
    expect(error).toMatch(/^[a-z][a-z_]+: [\x20-\x7e]+$/);
    expect(error.length).toBeLessThanOrEqual(1024);
    expect(error.endsWith(` (decision ${decisionId})`)).toBe(true);
    return;
  }
  expect([400, 413, 415, 429, 503]).toContain(status);
  expect(body).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status });
}

/** Asks, and holds the answer to the table. */
async function answered(question: Promise<Answer>): Promise<Answer> {
  const answer = await question;
  expectOfTheTable(answer);
  return answer;
}

const ascii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
const delimiters = '&=%?#/\\@:;+., "\'<>{}|^`~-_\0\t\r\n\x7f\xa0\xe9';
const wide = '\u0430\u2028\u202e\u3002\uff21\ufeff\ufffd\ud800\udc00\ud83d';
const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('tokens by chance', () => {
  let tokens: string[];

  beforeAll(async () => {
    const deployment = await Deployment.start();
    const signers = [people.admin, people.bob, people.federated, people.accountMember, people.root];
    tokens = await Promise.all(signers.map((who) => deployment.sign(who)));
  });

  /** What a URL means: its host, and its parameters decoded, in any order. */
  function meaningOf(url: string): string {
    const { host, searchParams } = new URL(url);
    return JSON.stringify([host, [...searchParams].sort()]);
  }

  /** One URL with parts of another: the attack is to borrow somebody else's key, session or signature. */
  function crossed(random: Random, one: string, other: string): string {
    const foreign = other.split('&');
    return one
      .split('&')
      .map((pair, index) => (random.below(3) === 0 ? (foreign[index] ?? pair) : pair))
      .join('&');
  }

  function shuffled(random: Random, url: string): string {
    const [head = '', query = ''] = url.split('?');
    const pairs = query.split('&');
    for (let left = pairs.length - 1; left > 0; left--) {
      const at = random.below(left + 1);
      [pairs[left], pairs[at]] = [pairs[at] as string, pairs[left] as string];
    }
    return `${head}?${pairs.join('&')}`;
  }

  function mutated(random: Random): string {
    let token = random.pick(tokens);
    let url = decode(token);
    switch (random.below(5)) {
      case 0:
        for (let left = random.below(3); left >= 0; left--)
          token = random.spoil(token, base64 + ascii + wide);
        return token;
      case 1:
        return wrap(crossed(random, url, decode(random.pick(tokens))));
      case 2:
        return wrap(shuffled(random, url));
      case 3:
        return wrap(random.spoil(url, '0123456789abcdef'));
      default:
        for (let left = random.below(3); left >= 0; left--) url = random.spoil(url, ascii + delimiters);
        return wrap(url);
    }
  }

  test.each([1, 2])('500 changes of good tokens, seed %i', { timeout: 30_000 }, async (seed) => {
    const random = new Random(seed);
    const { deployment, urls } = await observed();
    const meanings = new Set(tokens.map((token) => meaningOf(decode(token))));
    const seen = new Map<string, number>();
    for (let count = 0; count < 500; count++) {
      const token = mutated(random);
      const { status, body } = await answered(deployment.ask(token));
      expect(status, 'a caller made an outage up').toBe(200);
      const { authenticated, error } = body.status;
      if (authenticated) expect(meanings).toContain(meaningOf(decode(token)));
      const outcome = authenticated ? 'mapped' : (error?.split(':')[0] ?? 'foreign');
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }
    for (const url of urls) {
      expect(url).toMatch(rebuilt);
      expect(new URL(url).href).toBe(url);
    }
    // Chance went everywhere: past the grammar, to refusals of many kinds, and to the same meaning in another order.
    expect(seen.size).toBeGreaterThan(15);
    for (const outcome of ['mapped', 'foreign', 'sts_signature_mismatch'])
      expect(seen.has(outcome)).toBe(true);
  });

  test.each<[name: string, make: (random: Random) => string]>([
    ['bytes', (random) => String.fromCharCode(...random.bytes(random.below(400)))],
    ['ASCII', (random) => random.text(random.below(400), ascii)],
    ['wide characters', (random) => random.text(random.below(100), wide + ascii)],
    ['bytes behind the prefix', (random) => `k8s-aws-v1.${String.fromCharCode(...random.bytes(300))}`],
    ['base64 behind the prefix', (random) => `k8s-aws-v1.${random.text(random.below(600), base64)}`],
    ['bytes wrapped', (random) => wrap(String.fromCharCode(...random.bytes(300)))],
    ['ASCII wrapped', (random) => wrap(random.text(random.below(600), ascii))],
    ['delimiters wrapped', (random) => wrap(`https://${random.text(random.below(60), delimiters)}`)],
    [
      'a good host and then chance',
      (random) => wrap(`https://sts.amazonaws.com/?${random.text(300, ascii)}`),
    ],
    ['a good beginning and then chance', (random) => tokens[0]!.slice(0, 200) + random.text(300, base64)],
    ['long', (random) => `k8s-aws-v1.${random.text(10_000, base64)}`],
  ])('50 of nothing but chance: %s', async (_, make) => {
    const random = new Random(5);
    const { deployment, urls } = await observed();
    for (let count = 0; count < 50; count++) {
      const { status, body } = await answered(deployment.ask(make(random)));
      expect([status, body.status.authenticated]).toEqual([200, false]);
    }
    expect(urls).toEqual([]);
  });
});

describe('bodies by chance', () => {
  const names = [
    'apiVersion',
    'kind',
    'spec',
    'token',
    'audiences',
    'status',
    '__proto__',
    'constructor',
    'toString',
    '',
  ];

  /** JSON text of any shape, written by hand so that a name may come twice. */
  function json(random: Random, token: string, depth: number): string {
    const leaf = () =>
      random.pick([
        JSON.stringify(token),
        '"TokenReview"',
        ...versions.map((version) => JSON.stringify(version)),
        'null',
        'true',
        '-0',
        '1e999',
        '0.1',
        '"\\ud800"',
        '"\\u0000"',
        '""',
        '[]',
        '{}',
        '["https://kubernetes.default.svc"]',
      ]);
    if (depth === 0 || random.below(3) === 0) return leaf();
    const inner = Array.from({ length: random.below(5) }, () => json(random, token, depth - 1));
    if (random.below(4) === 0) return `[${inner.join()}]`;
    return `{${inner.map((value) => `${JSON.stringify(random.pick(names))}:${value}`).join()}}`;
  }

  /** A review most of whose members are right. */
  function nearlyReview(random: Random, token: string): string {
    const other = () => json(random, token, 2);
    const or = (good: string) => (random.below(6) === 0 ? other() : good);
    const spec = `{"token":${or(JSON.stringify(token))},"audiences":${or('["a"]')}${random.below(3) ? '' : `,"${random.pick(names)}":${other()}`}}`;
    const members = [
      `"apiVersion":${or(JSON.stringify(random.pick(versions)))}`,
      `"kind":${or('"TokenReview"')}`,
      `"spec":${or(spec)}`,
      `${JSON.stringify(random.pick(names))}:${other()}`,
    ];
    if (random.below(4) === 0) members.splice(random.below(4), 1);
    return `{${members.join()}}`;
  }

  /** Whether it is a review, by other words than those of the source. */
  function isReview(text: string): boolean {
    const value = new Map(Object.entries(JSON.parse(text) ?? {}));
    const spec = new Map(Object.entries((value.get('spec') as object) ?? {}));
    const audiences = spec.get('audiences') ?? [];
    return (
      value.get('kind') === kind &&
      versions.some((version) => version === value.get('apiVersion')) &&
      typeof spec.get('token') === 'string' &&
      Array.isArray(audiences) &&
      audiences.every((one) => typeof one === 'string')
    );
  }

  test.each<[name: string, make: (random: Random, token: string) => string]>([
    ['any JSON', (random, token) => json(random, token, 5)],
    ['nearly a review', nearlyReview],
  ])('250 of %s', { timeout: 20_000 }, async (name, make) => {
    const random = new Random(6);
    const { deployment } = await observed();
    const token = await deployment.sign(people.admin);
    const statuses = new Set<number>();
    for (let count = 0; count < 250; count++) {
      const body = make(random, token);
      const { status } = await answered(deployment.post(body));
      expect(status, body).toBe(isReview(body) ? 200 : 400);
      statuses.add(status);
    }
    expect(statuses).toEqual(new Set(name === 'any JSON' ? [400] : [200, 400]));
  });

  test('400 changes of a good review, byte by byte', { timeout: 20_000 }, async () => {
    const random = new Random(7);
    const { deployment, urls } = await observed();
    const token = await deployment.sign(people.admin);
    const good = new TextEncoder().encode(
      JSON.stringify({ apiVersion: versions[0], kind, spec: { token, audiences: ['a'] } }),
    );
    let granted = 0;
    for (let count = 0; count < 400; count++) {
      const bytes = good.slice();
      for (let left = random.below(3); left >= 0; left--)
        bytes[random.below(bytes.length)] = random.below(256);
      const { status, body } = await answered(deployment.post(bytes));
      expect([200, 400]).toContain(status);
      if (body.status.authenticated !== true) continue;
      granted++;
      const asked = JSON.parse(new TextDecoder().decode(bytes));
      expect([asked.kind, meaningful(asked.spec.token)]).toEqual([kind, meaningful(token)]);
    }
    for (const url of urls) expect(url).toMatch(rebuilt);
    expect(granted).toBeGreaterThan(0); // a change in an audience or of a byte for itself
  });

  /** Hexadecimal digits behind a percent sign are the same in both cases. */
  function meaningful(token: string): string {
    return decode(token).replace(/%[0-9a-f]{2}/gi, (escaped) => escaped.toUpperCase());
  }

  test('100 of nothing but bytes', async () => {
    const random = new Random(8);
    const { deployment, urls } = await observed();
    for (let count = 0; count < 100; count++) {
      const { status } = await answered(deployment.post(random.bytes(random.below(2000))));
      expect(status).toBe(400);
    }
    expect(urls).toEqual([]);
  });
});

describe('bodies of malice', () => {
  const open = `{"apiVersion":"${versions[0]}","kind":"${kind}","spec":{"token":"`;
  const bytes = (...parts: (string | number[])[]) =>
    new Uint8Array(
      parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)),
    );

  test.each<
    [name: string, body: (token: string) => BodyInit, expected: string, headers?: Record<string, string>]
  >([
    ['lists in lists', () => '['.repeat(32_000) + ']'.repeat(32_000), '400 not_a_review'],
    ['objects in objects', () => `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, '400 not_a_review'],
    ['specs in specs', () => `${'{"spec":'.repeat(7000)}1${'}'.repeat(7000)}`, '400 not_a_review'],
    [
      'deep beside a good review',
      (token) => `${open}${token}"},"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      '200 mapped',
    ],
    [
      'deep audiences',
      (token) => `${open}${token}","audiences":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`,
      '400 not_a_review',
    ],
    [
      'a number of 60,000 digits for a token',
      () => `${open.slice(0, -1)}${'9'.repeat(60_000)}}}`,
      '400 not_a_review',
    ],
    [
      'a number of 60,000 digits beside',
      (token) => `${open}${token}"},"x":${'9'.repeat(60_000)}}`,
      '200 mapped',
    ],
    ['infinity', () => '1e99999', '400 not_a_review'],
    [
      '20,000 audiences',
      (token) => `${open}${token}","audiences":[${Array(20_000).fill('""').join()}]}}`,
      '200 mapped',
    ],
    ['10,000 members', (token) => `${open}${token}"}${Array(10_000).fill(',"":0').join('')}}`, '200 mapped'],
    [
      'the same member 3000 times',
      (token) => `${open}x"}${',"spec":{"token":""}'.repeat(3000)},"spec":{"token":"${token}"}}`,
      '200 mapped',
    ],
    ['a name of 60,000 characters', (token) => `${open}${token}"},"${'n'.repeat(60_000)}":1}`, '200 mapped'],
    [
      'members of Object.prototype',
      (token) => `${open}${token}"},"hasOwnProperty":1,"__proto__":null,"toString":{}}`,
      '200 mapped',
    ],
    ['half a surrogate pair as a token', () => `${open}\\ud800"}}`, '200 foreign'],
    ['half a surrogate pair in a token', (token) => `${open}${token}\\udc00"}}`, '200 token_encoding'],
    [
      'half a surrogate pair as an audience',
      (token) => `${open}${token}","audiences":["\\ud800"]}}`,
      '200 mapped',
    ],
    ['NUL in a token', (token) => `${open}${token}\\u0000"}}`, '200 token_encoding'],
    ['NUL before a token', (token) => `${open}\\u0000${token}"}}`, '200 foreign'],
    ['a raw line feed in a token', (token) => `${open}${token}\n"}}`, '400 not_json'],
    [
      'bytes that are no UTF-8 in a token',
      (token) => bytes(open, token, [0xff, 0xfe], '"}}'),
      '200 token_encoding',
    ],
    [
      'an overlong spelling of the dot',
      (token) => bytes(open, 'k8s-aws-v1', [0xc0, 0xae], token.slice(11), '"}}'),
      '200 foreign',
    ],
    ['a surrogate in UTF-8', (token) => bytes(open, token, [0xed, 0xa0, 0x80], '"}}'), '200 token_encoding'],
    ['bytes that are no UTF-8 for JSON', () => bytes([0xc3, 0x28]), '400 not_json'],
    ['a byte order mark before', (token) => bytes([0xef, 0xbb, 0xbf], open, token, '"}}'), '200 mapped'],
    ['a byte order mark before the token', (token) => `${open}\ufeff${token}"}}`, '200 foreign'],
    [
      'UTF-16',
      (token) => bytes([...`${open}${token}"}}`].flatMap((one) => [one.charCodeAt(0), 0])),
      '400 not_json',
    ],
    [
      'UTF-16, and says so',
      (token) => bytes([...`${open}${token}"}}`].flatMap((one) => [one.charCodeAt(0), 0])),
      '400 not_json',
      { 'content-type': 'application/json; charset=utf-16le' },
    ],
    [
      'UTF-7, where +AC0- would be a hyphen',
      (token) => `${open}${token.replace('-', '+AC0-')}"}}`,
      '200 foreign',
      { 'content-type': 'application/json; charset=utf-7' },
    ],
    [
      'compressed, and says so',
      () => bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      '400 not_json',
      { 'content-encoding': 'gzip' },
    ],
    [
      'a token of 60,000 characters',
      () => `${open}k8s-aws-v1.${'A'.repeat(60_000)}"}}`,
      '200 token_too_long',
    ],
    ['a foreign token of 60,000 characters', () => `${open}${'A'.repeat(60_000)}"}}`, '200 foreign'],
    [
      'a token of 8192 percent signs',
      () => `${open}${wrap(`https://sts.amazonaws.com/?${'%'.repeat(6000)}`)}"}}`,
      '200 query_malformed',
    ],
    [
      'a token of 2700 parameters',
      () => `${open}${wrap(`https://sts.amazonaws.com/?${'a&'.repeat(3000)}`)}"}}`,
      '200 query_malformed',
    ],
    [
      'a token of labels',
      () => `${open}${wrap(`https://${'a.'.repeat(3000)}amazonaws.com/?x=y`)}"}}`,
      '200 host_not_sts',
    ],
  ])('%s', async (_, body, expected, headers) => {
    const { deployment } = await observed();
    const token = await deployment.sign(people.admin);
    const answer = await answered(deployment.post(body(token), {}, headers));
    const { verdict, code } = deployment.log[0]!;
    expect(`${answer.status} ${code ?? verdict}`).toBe(expected);
  });

  test.each<[name: string, body: (size: number, token: string) => string, status: number]>([
    ['lists in lists', (size) => '['.repeat(size) + ']'.repeat(size), 400],
    ['specs in specs', (size) => `${fill('{"spec":', size)}1${'}'.repeat(Math.ceil(size / 8))}`, 400],
    ['audiences', (size, token) => `${open}${token}","audiences":[${fill('"",', size)}""]}}`, 200],
    ['members', (size, token) => `${open}${token}"}${fill(',"":0', size)}}`, 200],
    ['a name', (size, token) => `${open}${token}"},"${fill('n', size)}":1}`, 200],
    ['a foreign token', (size) => `${open}${fill('A', size)}"}}`, 200],
  ])('take linear time: %s', async (_, body, status) => {
    const { deployment } = await observed();
    const token = await deployment.sign(people.admin);
    await expectLinear(async (size) => {
      expect((await deployment.post(body(size, token))).status).toBe(status);
    });
  });
});

test('nobody waits for an STS that is silent: reviews of others go on', async () => {
  const deployment = await Deployment.start({ stsDeadlineMs: 300 });
  const [slow, quick] = [await deployment.sign(people.admin), await deployment.sign(people.bob)];
  deployment.sts.setFault({ type: 'stall', times: 1 });
  const waiting = deployment.ask(slow);
  await expect.poll(() => deployment.sts.pending).toBe(1);
  expect((await deployment.ask(quick)).body.status.authenticated).toBe(true);
  expect((await waiting).status).toBe(503);
  expect(deployment.log.map(({ cluster, verdict }) => [cluster, verdict])).toEqual([
    [prod, 'mapped'],
    [prod, 'unavailable'],
  ]);
});
