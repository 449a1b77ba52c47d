/**
 * What every parser of outside texts takes time for: the length of the text, whatever is in it. Those that have such a test
 * beside their other ones, the token's grammar, ARNs, hosts, XML and whole reviews among them, are not here.
 */
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { PolicyError } from '../../../src/errors/classes.ts';
import { bearerOf } from '../../../src/http/bearer.ts';
import { readCredential } from '../../../src/http/guard/credential.ts';
import { createRoutes } from '../../../src/http/routes.ts';
import { readHeader } from '../../../src/jwt/header.ts';
import { readStrictJson } from '../../../src/jwt/strict-json.ts';
import { sessionGlobProblem, tagGlobProblem } from '../../../src/mapping/condition-form.ts';
import { foldCase } from '../../../src/mapping/fold-case.ts';
import { importDocuments } from '../../../src/mapping/formats/import.ts';
import { parsePattern } from '../../../src/mapping/pattern.ts';
import { permissionSetOf } from '../../../src/mapping/permission-set.ts';
import { parsePolicy } from '../../../src/mapping/schema.ts';
import { parseTemplate } from '../../../src/mapping/template.ts';
import { parseSigningKeys } from '../../../src/oidc/key-file.ts';
import { decodePart } from '../../../src/policy/part.ts';
import { decodePointer } from '../../../src/policy/pointer.ts';
import { readTokenReview } from '../../../src/review/token-review.ts';
import { type CertificateForm, certificateInHeader } from '../../../src/runtime/certificate-header.ts';
import { readSettings } from '../../../src/runtime/settings.ts';
import { readAnswer } from '../../../src/sts/answer.ts';
import { base64url } from '../../support/jwt-setup.ts';
import { expectLinear, fill } from '../../support/linear.ts';

const role = 'arn:aws:iam::111122223333:role/Admin';
const authorization = (text: string): Request =>
  new Request('https://orders.example.com', { headers: { authorization: text } });
const header = (form: CertificateForm, text: string): Promise<unknown> => certificateInHeader(form, text);
const routes = createRoutes((_, __, path) => new Response(path));

/** Of an error it is told how long it took, too. */
function orError(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}

test.each<[name: string, work: (size: number) => unknown]>([
  ['an answer of STS', (size) => readAnswer(403, 'application/json', `{"Error":[${fill('{},', size)}`)],
  ['a content type', (size) => readAnswer(200, `application/json${fill(' ', size)}!`, '{}')],
  ['audiences of a review', (size) => readTokenReview({ spec: { audiences: Array(size).fill('a') } })],
  ['JSON of backslashes', (size) => readStrictJson(`{"a":"${fill('\\\\', size)}"}`)],
  ['JSON of escaped quotes', (size) => readStrictJson(`{"a":"${fill('\\"', size)}"}`)],
  ['JSON of members', (size) => readStrictJson(`{${fill('"a":1,', size)}"b":1}`)],
  ['JSON of lists in lists', (size) => readStrictJson(`{"a":${fill('[', size / 8)}${fill(']', size / 8)}}`)],
  ['the header of a JWT', (size) => readHeader(base64url(`{"kid":"${fill('k', size)}"}`), ['RS256'])],
  ['a template of braces', (size) => parseTemplate(fill('{{', size))],
  ['a template of variables', (size) => parseTemplate(fill('{{RoleName}}', size))],
  ['a pattern of slashes', (size) => parsePattern(`arn:aws:iam::111122223333:user/${fill('/a', size)}*`)],
  ['a pattern of stars', (size) => parsePattern(`arn:aws:iam::111122223333:role/${fill('*', size)}`)],
  ['a pattern of no account', (size) => parsePattern(`arn:aws${fill('-a', size)}:iam::1`)],
  ['a condition on sessions', (size) => sessionGlobProblem(fill('a*', size))],
  ['a condition on tags', (size) => tagGlobProblem(`${fill('é ', size)}!`)],
  ['a name without case', (size) => foldCase(fill('İS', size))],
  [
    'a name that is almost of a permission set',
    (size) => permissionSetOf(`AWSReservedSSO_${fill('_0', size)}`),
  ],
  ['a policy of rules', (size) => parsePolicy({ rules: Array(size / 32).fill({ role, username: 'a' }) })],
  [
    'a policy of mistakes',
    (size) => orError(() => parsePolicy({ rules: Array(size / 32).fill({ rol: role }) })),
  ],
  [
    'a policy of unknown fields',
    (size) => {
      const fields = Object.fromEntries(Array.from({ length: size / 64 }, (_, at) => [`f${at}`, at]));
      orError(() => parsePolicy({ rules: [{ role, username: 'a', ...fields }] }));
    },
  ],
  [
    'an import of entries',
    (size) => importDocuments([{ mapRoles: entries(size / 64) }], { parseYaml: (text) => parse(text) }),
  ],
  [
    'a pointer',
    (size) => orError(() => decodePointer(`{"format":2,"version":1,"x":"${fill('\\"', size)}"}`)),
  ],
  [
    'a page',
    (size) =>
      orError(() => decodePart(`{"page":"exact:","buckets":[${fill('["0",[]],', size / 4)}["1",[]]]}`)),
  ],
  ['signing keys', (size) => orError(() => parseSigningKeys(`{"keys":[${fill('{},', size)}{}]}`, 'x'))],
  ['a certificate as RFC 9440 has it', (size) => header('rfc9440', `:${fill('A=', size)}:`)],
  ['a certificate in PEM', (size) => header('pem', `-----BEGIN CERTIFICATE-----%0A${fill('A%0A', size)}!`)],
  ['a certificate of Envoy', (size) => header('xfcc', `Hash=${fill('a";', size)}`)],
  ['a certificate of Envoy in quotes', (size) => header('xfcc', fill('By="', size))],
  ['a bearer', (size) => bearerOf(authorization(`Bearer ${fill('a', size)} b`))],
  ['a credential', (size) => readCredential(authorization(`Bearer ${fill('=', size)}a`).headers)],
  [
    'spaces before a credential',
    (size) => readCredential(authorization(`Bearer${fill(' ', size)},`).headers),
  ],
  ['a path', (size) => routes.fetch(new Request(`https://webhook.example.net/${fill('%2F/', size)}`))],
  [
    'a path of slashes',
    (size) => routes.fetch(new Request(`https://webhook.example.net${fill('/', size)}a`)),
  ],
  ['a setting', (size) => orError(() => readSettings({ CALLERID_REGIONS: fill('a, ', size) }))],
])('%s takes linear time', { timeout: 30_000 }, async (_, work) => {
  await expectLinear(work);
});

function entries(count: number): readonly object[] {
  return Array.from({ length: count }, (_, at) => ({ rolearn: `${role}${at}`, username: 'a' }));
}

test('what is imported has no mistakes', () => {
  expect(() =>
    importDocuments([{ mapRoles: entries(64) }], { parseYaml: (text) => parse(text) }),
  ).not.toThrow(PolicyError);
});
