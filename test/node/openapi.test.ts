/**
 * The OpenAPI document of the admin API: in step with what it is made from, whole, and true of the API. Schemathesis
 * drives it against a running one, see `test/interop/admin-schemathesis.ts`.
 */
import { safeParse } from 'valibot';
import { describe, expect, test } from 'vitest';
import { openApiDocument } from '../../scripts/openapi.ts';
import { examples } from '../../scripts/openapi-examples.ts';
import { forms } from '../../scripts/openapi-forms.ts';
import { createAdmin } from '../../src/http/admin/admin.ts';
import written from '../../src/http/admin/openapi.json' with { type: 'json' };
import { type Operation, operations } from '../../src/http/admin/operations.ts';
import { parseCallerArn } from '../../src/identity/arn.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { hashOf } from '../../src/policy/part.ts';
import { account } from '../support/identities.ts';

type Json = Record<string, unknown>;
const paths = written.paths as Record<string, Record<string, { operationId: string } & Json>>;
const components = written.components as unknown as Record<string, Record<string, Json>>;
const table = Object.entries(operations) as [string, Operation][];
const documented = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

/** Every object in the document, with the path to it. */
function* objectsIn(value: unknown, at = ''): Iterable<[at: string, object: Json]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Json];
  for (const [name, member] of Object.entries(value)) yield* objectsIn(member, `${at}/${name}`);
}
const objects = [...objectsIn(written)];

test('the file is in step with its source: else run npm run openapi', () => {
  expect(written).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
});

describe('the document is whole', () => {
  test('every reference leads somewhere, and every component is used', () => {
    const used = new Set(objects.flatMap(([, { $ref }]) => ($ref === undefined ? [] : String($ref))));
    const there = Object.entries(components).flatMap(([kind, named]) =>
      kind === 'securitySchemes' ? [] : Object.keys(named).map((name) => `#/components/${kind}/${name}`),
    );
    expect([...used].sort()).toEqual(there.sort());
  });

  test('every operation has a name of its own, its parameters, and answers with a description', () => {
    expect(new Set(documented.map(({ operation }) => operation.operationId)).size).toBe(documented.length);
    for (const { path, operation } of documented) {
      const parameters = (operation.parameters as { $ref: string }[])
        .map(({ $ref }) => components.parameters?.[$ref.split('/').at(-1) ?? ''])
        .filter((parameter) => parameter?.in === 'path');
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(parameters.map((parameter) => parameter?.name)).toEqual(inPath);
      for (const answer of Object.values(operation.responses as Json)) {
        expect(answer).toEqual(
          expect.objectContaining('$ref' in (answer as Json) ? {} : { description: expect.any(String) }),
        );
      }
    }
  });

  test('every pattern is one that any language reads', () => {
    const patterns = objects.flatMap(([, { pattern }]) => (typeof pattern === 'string' ? pattern : []));
    expect(patterns.length).toBeGreaterThan(10);
    for (const pattern of patterns) {
      expect(() => new RegExp(pattern, 'u'), pattern).not.toThrow();
      expect(pattern, 'is anchored').toMatch(/^\^.*\$$/);
      expect(pattern, 'a class that elsewhere holds all of Unicode').not.toMatch(/\\[wdsb]/i);
    }
  });

  test('every object of a request is closed, but for policies that may be wrong and parts', () => {
    const open = documented.flatMap(({ operation }) =>
      [...objectsIn(operation.requestBody)].flatMap(([, { type, additionalProperties }]) =>
        type === 'object' && additionalProperties !== false ? operation.operationId : [],
      ),
    );
    expect(open).toEqual(['putPart']);
  });
});

describe('the document is true', () => {
  const log: unknown[] = [];
  const app = createAdmin({
    clusters: [],
    auth: { verifier: undefined, secretDigests: [] },
    taskContext: () => undefined,
    log: (record) => log.push(record),
  });

  test('it has every operation, and no other', () => {
    const expected = table.map(
      ([id, { method, path }]) => `${id} ${method} ${path.replace(/:(\w+)/g, '{$1}')}`,
    );
    const found = documented.map(
      ({ path, method, operation }) => `${operation.operationId} ${method} ${path}`,
    );
    expect(found.sort()).toEqual(expected.sort());
  });

  test.each(documented)(
    '$method $path is routed, and to nobody without proof',
    async ({ path, method, operation }) => {
      log.length = 0;
      const url = `https://callerid.example.com${path.replace(/\{\w+\}/g, 'x')}`;
      const { status } = await app.fetch(new Request(url, { method }));
      expect([status, log]).toEqual([401, [expect.objectContaining({ operation: operation.operationId })]]);
    },
  );

  test.each(Object.entries(paths))('%s takes no other method', async (path, methods) => {
    const allowed = Object.keys(methods).map((method) => method.toUpperCase());
    for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS']) {
      if (allowed.includes(method)) continue;
      const url = `https://callerid.example.com${path.replace(/\{\w+\}/g, 'x')}`;
      const answer = await app.fetch(new Request(url, { method }));
      expect([answer.status, answer.headers.get('allow')], method).toEqual([405, allowed.join(', ')]);
    }
  });

  test('it is served to everybody', async () => {
    const answer = await app.fetch(new Request('https://callerid.example.com/openapi.json'));
    expect(await answer.json()).toEqual(written);
  });

  test('its examples are requests that the API takes', async () => {
    for (const [id, { example }] of Object.entries(examples)) {
      const { request } = operations[id as keyof typeof operations] as Operation;
      if (request !== undefined) expect(safeParse(request, example).issues, id).toBeUndefined();
      if ('policy' in example) expect(() => parsePolicy(example.policy)).not.toThrow();
    }
    const part = JSON.stringify(examples.putPart?.example).replaceAll(':', ': ');
    expect(components.parameters?.hash?.example).toBe(await hashOf(part));
  });
});

describe('a form is never narrower than the API', () => {
  const arn = (rest: string, service = 'iam', partition = 'aws'): string =>
    `arn:${partition}:${service}::${account}:${rest}`;
  const path = `${'p'.repeat(510)}/`;
  const name = 'n'.repeat(128);

  /** Policies of one rule, by the form of a field; `parsePolicy` takes each. */
  const rows: [form: keyof typeof forms, of: (value: string) => object, values: string[]][] = [
    ['Account', (one) => ({ account: one }), [account, '000000000000']],
    [
      'RoleArn',
      (role) => ({ role, username: 'u' }),
      [arn('role/A'), arn(`role/${path}${name}`), arn('role//a:b/c/A_+=,.@-', 'iam', 'aws-us-gov')],
    ],
    [
      'UserArn',
      (user) => ({ user, username: 'u' }),
      [arn('root'), arn('user/Bob'), arn(`user/${path}${name}`), arn('federated-user/Bob', 'sts', 'aws-cn')],
    ],
    [
      'ArnPattern',
      (pattern) => ({ pattern, username: 'u', acknowledgeBroad: true }),
      [
        ...['role/*', 'role/a?b*', `role/${'n'.repeat(127)}*`, 'user/*', 'user/a/b*', 'user/a*/b/c'].map(
          (one) => arn(one),
        ),
        ...['user/*/b', 'user/?', `user/${'p'.repeat(511)}/*`].map((one) => arn(one)),
        arn('federated-user/*b', 'sts'),
      ],
    ],
    [
      'RoleId',
      (principalId) => ({ role: arn('role/A'), username: 'u', principalId }),
      ['AROAEXAMPLEID000', `AROA${'0'.repeat(124)}`],
    ],
    [
      'UserId',
      (principalId) => ({ user: arn('user/A'), username: 'u', principalId }),
      ['AIDAEXAMPLEID000', `AIDA${'0'.repeat(124)}`],
    ],
    [
      'PermissionSet',
      (permissionSet) => ({ sso: { permissionSet, accounts: [account] }, username: 'u' }),
      ['A', 'n'.repeat(32), '_+=,.@-'],
    ],
    [
      'Template',
      (username) => ({ role: arn('role/A'), username }),
      [
        'x',
        ' ~',
        '{',
        '}{',
        '{a}',
        '{{SessionName}}',
        '}{{AccountID}}}',
        'a{{RoleName}}{{Partition}}',
        'x'.repeat(1024),
      ],
    ],
    [
      'SessionGlob',
      (glob) => ({ role: arn('role/A'), username: 'u', conditions: { sessionName: [glob] } }),
      ['*', 'ab', 'a*', '??', 'n'.repeat(64), `${'n'.repeat(64)}${'*'.repeat(8)}`],
    ],
  ];
  const matches = (form: keyof typeof forms, value: string): boolean => {
    const { pattern, maxLength = Number.POSITIVE_INFINITY } = forms[form] as {
      pattern: string;
      maxLength?: number;
    };
    return new RegExp(pattern, 'u').test(value) && value.length <= maxLength;
  };

  test.each(rows.flatMap(([form, of, values]) => values.map((value) => [form, value, of] as const)))(
    '%s: %s',
    (form, value, of) => {
      expect(() => parsePolicy({ rules: [of(value)] })).not.toThrow();
      expect(matches(form, value)).toBe(true);
    },
  );

  test.each([
    ...[arn('root'), arn('user/a/b'), arn('role/A'), arn(`role/${path}${name}`), arn('role/*/A')],
    ...[arn(`assumed-role/${name}/${'s'.repeat(64)}`, 'sts', 'aws-new'), arn('federated-user/ab', 'sts')],
  ])('CallerArn: %s', (value) => {
    expect(parseCallerArn(value)).toBeDefined();
    expect(matches('CallerArn', value)).toBe(true);
  });

  test.each(['a', 'x y', '!~', 'x'.repeat(256)])('Audience: %s', (value) => {
    expect(() => parsePolicy({ rules: [], apiAudiences: [value] })).not.toThrow();
    expect(matches('Audience', value)).toBe(true);
  });

  test.each<[form: keyof typeof forms, value: string]>([
    ['Account', '12345678901'],
    ['RoleArn', arn('role/*')],
    ['RoleArn', arn('user/A')],
    ['RoleArn', `arn:aws-new:iam::${account}:role/A`],
    ['UserArn', arn('role/A')],
    ['ArnPattern', arn('role/A')],
    ['ArnPattern', arn('user/a*/')],
    ['Template', '{{SessionName'],
    ['Template', '{{Unknown}}'],
    ['Template', '{{{SessionName}}'],
    ['Template', '{{SessionName}}}}'],
    ['SessionGlob', 'a'],
    ['Audience', 'a  b'],
    ['CallerArn', arn('group/A')],
  ])('and says no: %s is not %s', (form, value) => {
    expect(matches(form, value)).toBe(false);
  });
});
