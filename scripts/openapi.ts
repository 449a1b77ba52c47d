/**
 * Writes `src/http/admin/openapi.json`, the OpenAPI document of the admin API, from the table of operations and the
 * schemas that requests are checked with. `npm run openapi`; a test holds the file in step.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import manifest from '../package.json' with { type: 'json' };
import { type Operation, operations } from '../src/http/admin/operations.ts';
import { errorResponse, policyInput } from '../src/http/admin/schemas.ts';
import { policyForm } from '../src/mapping/schema.ts';

const file = join(import.meta.dirname, '../src/http/admin/openapi.json');

/** What any operation may answer: wrong or no token, no administrator, too large, outages. */
const refusals = {
  400: 'not JSON, or not of this form',
  401: 'no proof, or one that does not hold',
  403: 'no administrator of this cluster',
  404: 'no such version, or no policy',
  405: 'no such method here',
  409: 'another version was written in between, or somebody would be locked out',
  413: 'the body is too large',
  415: 'the content type is not application/json',
  422: 'the policy or the part does not validate',
  429: 'STS throttles',
  503: 'STS or the store does not answer',
};
const always = [400, 401, 403, 413, 429, 503];

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

function schemaOf(schema: GenericSchema, typeMode: 'input' | 'output'): object {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    typeMode,
    errorMode: 'ignore', // what only a function can check is said in words, by the answer 422
    overrideSchema: ({ valibotSchema }) => (valibotSchema === policyInput ? reference('Policy') : undefined),
  });
  return rest;
}

function operationOf(id: string, operation: Operation): object {
  const { path, summary, request, takesPart, query = [], response, refusals: more = [] } = operation;
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: { type: 'string' } };
  });
  const inQuery = query.map((name) => ({ name, in: 'query', schema: { type: 'integer', minimum: 1 } }));
  const body = takesPart ? { type: 'object' } : request && schemaOf(request, 'input');
  const codes = [...always, ...(body === undefined ? [] : [415]), ...more].sort();
  return {
    operationId: id,
    summary,
    parameters: [...inPath, ...inQuery],
    ...(body === undefined ? {} : { requestBody: { required: true, ...json(body) } }),
    responses: {
      200: { description: 'done', ...json(schemaOf(response, 'output')) },
      ...Object.fromEntries(
        codes.map((code) => {
          const description = refusals[code as keyof typeof refusals];
          return [code, { description, ...json(reference('Error')) }];
        }),
      ),
    },
  };
}

export function openApiDocument(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [id, operation] of Object.entries(operations)) {
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
      schemas: { Policy: schemaOf(policyForm, 'input'), Error: schemaOf(errorResponse, 'output') },
    },
  };
}

if (import.meta.main) writeFileSync(file, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
