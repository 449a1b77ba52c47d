/**
 * Writes `src/http/admin/openapi.json`, the OpenAPI document of the admin API, from the table of operations and the
 * schemas that requests are checked with. `npm run openapi`; a test holds the file in step.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import manifest from '../package.json' with { type: 'json' };
import { type Operation, type OperationId, operations } from '../src/http/admin/operations.ts';
import { policyInput } from '../src/http/admin/requests.ts';
import { errorResponse, responses, terms } from '../src/http/admin/responses.ts';
import { policyForm, policyTerms } from '../src/mapping/schema.ts';
import { descriptions } from './openapi-descriptions.ts';
import { examples, hash } from './openapi-examples.ts';
import { forms } from './openapi-forms.ts';

const file = join(import.meta.dirname, '../src/http/admin/openapi.json');

/** What an operation may answer beside 200: the name of each, and when. */
const refusals: Readonly<Record<number, readonly [name: string, description: string]>> = {
  400: ['BadRequest', 'not JSON, or not of this form'],
  401: ['Unauthorized', 'no proof, or one that does not hold'],
  403: ['Forbidden', 'no administrator of this cluster'],
  404: ['NotFound', 'no such cluster or version, or no policy'],
  409: ['Conflict', 'another version was written in between, or somebody would be locked out'],
  413: ['TooLarge', 'the body is too large'],
  415: ['UnsupportedMediaType', 'the content type is not application/json'],
  422: ['Invalid', 'the policy or the part does not validate, or parts are missing'],
  429: ['Throttled', 'STS throttles'],
  503: ['Unavailable', 'STS or the store does not answer'],
};
const always = [400, 401, 403, 404, 429, 503];
const withBody = [413, 415];

/** Headers of answers; those of every answer under 200. */
const headersOf: Readonly<Record<number, readonly string[]>> = {
  200: ['callerid-decision-id'],
  401: ['www-authenticate'],
  429: ['retry-after'],
  503: ['retry-after'],
};
const headers = {
  'callerid-decision-id': { type: 'string', format: 'uuid' },
  'retry-after': { type: 'integer', minimum: 5 },
  'www-authenticate': { type: 'string' },
};

const inPath = { in: 'path', required: true };
const parameters = {
  cluster: { ...inPath, schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' } },
  hash: { ...inPath, schema: reference('schemas', 'Hash'), example: hash },
  version: { in: 'query', schema: { type: 'integer', minimum: 1, maximum: 999_999_999_999_999 } },
  unbelieved: {
    in: 'query',
    description: 'a number: give the version though it is not believed',
    schema: { type: 'integer', minimum: 1, maximum: 999_999_999_999_999 },
  },
};

function reference(kind: string, name: string): object {
  return { $ref: `#/components/${kind}/${name}` };
}

const definitions: Readonly<Record<string, GenericSchema>> = {
  Policy: policyInput,
  ...policyTerms,
  ...terms,
  Error: errorResponse,
};

/** A schema, with references to what has a name. */
function schemaOf(schema: GenericSchema, typeMode: 'input' | 'output'): object {
  const { $schema, $defs, ...rest } = toJsonSchema(schema, { ...options, typeMode, definitions });
  return rest;
}

const options = {
  errorMode: 'ignore', // what only a function can check is said in `forms`, or in words by the answer 422
  overrideRef: ({ referenceId }: { readonly referenceId: string }) => `#/components/schemas/${referenceId}`,
} as const;

function answer(status: number, description: string, schema: object): object {
  const names = [...new Set([...(headersOf[200] ?? []), ...(headersOf[status] ?? [])])];
  return {
    description,
    headers: Object.fromEntries(names.map((name) => [name, reference('headers', name)])),
    content: { 'application/json': { schema } },
  };
}

function operationOf(id: OperationId, operation: Operation): object {
  const { path, request, takesPart, query = [] } = operation;
  const { summary, refusals: more = [] } = descriptions[id];
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => String(name));
  const body = takesPart ? { type: 'object' } : request && schemaOf(request, 'input');
  const statuses = [...always, ...(body === undefined ? [] : withBody), ...more];
  const example = examples[id];
  return {
    operationId: id,
    summary,
    parameters: [...names, ...query].map((name) => reference('parameters', name)),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: body, ...example } } },
    }),
    responses: {
      200: answer(200, 'done', schemaOf(responses[id], 'output')),
      ...Object.fromEntries(
        statuses.map((status) => [status, reference('responses', refusals[status]?.[0] ?? '')]),
      ),
    },
  };
}

function schemas(): object {
  return {
    ...toJsonSchemaDefs(definitions, { ...options, typeMode: 'output' }),
    ...toJsonSchemaDefs(policyTerms, { ...options, typeMode: 'input' }),
    Policy: schemaOf(policyForm(), 'input'),
    ...forms,
  };
}

/** The document, as JSON. */
export function openApiDocument(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [id, operation] of Object.entries(operations) as [OperationId, Operation][]) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationOf(id, operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'callerid admin API',
      version: manifest.version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'a token that is signed for the admin audience, or the static secret',
        },
      },
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, parameter]) => [name, { name, ...parameter }]),
      ),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, schema]) => [name, { required: true, schema }]),
      ),
      responses: Object.fromEntries(
        Object.entries(refusals).map(([status, [name, description]]) => {
          return [name, answer(Number(status), description, reference('schemas', 'Error'))];
        }),
      ),
      schemas: schemas(),
    },
  };
}

if (import.meta.main) writeFileSync(file, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
