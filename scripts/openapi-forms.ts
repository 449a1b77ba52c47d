/**
 * Forms that the OpenAPI document gives for what functions check: as narrow as a pattern can say, and never narrower than
 * what the API takes. `npm run interop` holds both.
 *
 * @module
 */
import type { terms } from '../src/http/admin/responses.ts';
import type { policyTerms } from '../src/mapping/schema.ts';
import { templateVariables } from '../src/mapping/template.ts';
import { PARTITIONS } from '../src/sts/partitions.ts';

const account = '[0-9]{12}';
/** Of the key of a tag, as far as a template can hold it. */
const tag = 'A-Za-z0-9 _.:/=+@-';
const name = 'A-Za-z0-9_+=,.@-';
const partition = `(?:${PARTITIONS.map(({ id }) => id).join('|')})`;
const iam = `iam::${account}:`;
const federated = `sts::${account}:federated-user/`;
const federatedName = `[${name}]{2,32}`;
/** Of a role or user: an optional path, and the name. `plain` has no wildcards. */
const plain = `(?:[!-)+->@-~]{0,510}/)?[${name}]{1,128}`;
const any = `(?:[!-~]{0,510}/)?[${name}]{1,128}`;
const glob = `[${name}]{0,127}[*?][*?${name}]{0,127}`;
/** Of a user's path and name. */
const part = '[!-.0-9;-~]';
const pathGlob = `(?:${part}+/)*${part}*[*?](?:(?:${part}*/(?:${part}+/)*)?${part}*[*?${name}])?`;

const text = (pattern: string, more: object = {}) => ({ type: 'string', pattern: `^${pattern}$`, ...more });

function reference(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}

function fields(required: object, optional: object = {}): object {
  const properties = { ...required, ...optional };
  return { type: 'object', properties, required: Object.keys(required), additionalProperties: false };
}

/** Pairs of a prefix and a hash, one at least. */
const prefixTable = {
  type: 'array',
  minItems: 1,
  items: { type: 'array', prefixItems: [text('[01]{0,32}'), reference('Hash')], items: false, minItems: 2 },
};

/** By the names of `terms` and `policyTerms`. */
export const forms: Readonly<Partial<Record<keyof typeof terms | keyof typeof policyTerms, object>>> = {
  Account: text(account),
  RoleArn: text(`arn:${partition}:${iam}role/${plain}`),
  UserArn: text(`arn:${partition}:(?:${iam}(?:root|user/${plain})|${federated}${federatedName})`),
  ArnPattern: text(`arn:${partition}:(?:(?:${iam}role/|${federated})${glob}|${iam}user/${pathGlob})`),
  RoleId: text('AROA[A-Z0-9]{12,124}'),
  UserId: text('AIDA[A-Z0-9]{12,124}'),
  PermissionSet: text(`[${name}]{1,32}`),
  Template: text(
    `(?:[ -z|~]|\\{\\{(?:${templateVariables.join('|')}|PrincipalTag:[${tag}]{1,128})\\}\\}|\\{(?!\\{)|\\}(?!\\}))+`,
    {
      maxLength: 1024,
    },
  ),
  OrgId: text('o-[a-z0-9]{10,32}'),
  OuPathGlob: text('o-[a-z0-9*?/-]*[*/]', { maxLength: 520 }),
  PrincipalTags: {
    type: 'object',
    minProperties: 1,
    maxProperties: 20,
    propertyNames: { minLength: 1, maxLength: 128 },
    additionalProperties: {
      type: 'array',
      items: { type: 'string', minLength: 1, maxLength: 264 },
      minItems: 1,
    },
  },
  Tags: {
    type: 'object',
    maxProperties: 50,
    propertyNames: { minLength: 1, maxLength: 128 },
    additionalProperties: { type: 'string', maxLength: 256 },
  },
  SessionGlob: text(`(?:\\*|[*?${name}]{2,72})`),
  Audience: text('[!-~]+(?: [!-~]+)*', { maxLength: 256 }),
  Time: { type: 'string', format: 'date-time' },
  JwtCallerArn: text(
    `arn:aws(?:-[a-z]+)*:(?:${iam}(?:root|(?:user|role)/${any})|sts::${account}:assumed-role/[${name}]{1,128}/[${name}]{2,64})`,
  ),
  CallerArn: text(
    `arn:aws(?:-[a-z]+)*:(?:${iam}(?:root|(?:user|role)/${any})` +
      `|${federated}${federatedName}|sts::${account}:assumed-role/[${name}]{1,128}/[${name}]{2,64})`,
  ),
  ManifestContent: {
    anyOf: [
      fields({ document: reference('Hash') }),
      fields(
        { exact: prefixTable, account: prefixTable },
        {
          apiAudiences: { type: 'array', items: reference('Audience'), minItems: 1 },
          notBefore: reference('Time'),
          tokenSeconds: { type: 'integer', minimum: 60, maximum: 3600 },
        },
      ),
    ],
  },
};
