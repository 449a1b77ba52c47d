/**
 * What holds for whatever a client, an API server, a proxy, or a file that somebody wrote brings.
 */
import fc from 'fast-check';
import { parse } from 'yaml';
import { ConfigurationError, PolicyError } from '../../../src/errors/classes.ts';
import { exchangeErrors } from '../../../src/errors/exchange.ts';
import { bearerOf } from '../../../src/http/bearer.ts';
import { readCredential } from '../../../src/http/guard/credential.ts';
import { readTokenRequest, signedUrlType } from '../../../src/http/issuer/request.ts';
import { member } from '../../../src/lib/json.ts';
import { importDocuments } from '../../../src/mapping/formats/import.ts';
import { parsePolicy } from '../../../src/mapping/schema.ts';
import { parseSigningKeys } from '../../../src/oidc/key-file.ts';
import { readTokenReview } from '../../../src/review/token-review.ts';
import { certificateForms, certificateInHeader } from '../../../src/runtime/certificate-header.ts';
import { edgeCertificate } from '../../../src/runtime/edge-certificate.ts';
import { readSettings } from '../../../src/runtime/settings.ts';
import accessEntryText from '../../fixtures/access-entry.json?raw';
import awsAuthText from '../../fixtures/aws-auth.yaml?raw';
import variantsText from '../../fixtures/aws-auth-variants.yaml?raw';
import reviewsText from '../../fixtures/token-reviews.json?raw';
import { headers, tlsClientAuth } from '../../support/client-certificate.ts';
import { ensure, ensureSame, type Property, parser, property } from '../../support/property.ts';
import { spoiltJson, spoiltJsonText, spoiltText } from '../../support/spoil.ts';
import { now } from '../../support/token-builder.ts';
import { goodToken } from '../../support/token-inputs.ts';

const account = '111122223333';
const arn = `arn:aws:iam::${account}:role/Admin`;

const parseYaml = (text: string): unknown => parse(text, { schema: 'core', logLevel: 'error' });
const documents: readonly unknown[] = [
  JSON.parse(accessEntryText),
  parseYaml(awsAuthText),
  ...variantsText.split(/^---$/m).flatMap((text) => {
    const data = member(parseYaml(text), 'data');
    return data === undefined ? [] : [{ kind: 'ConfigMap', data }];
  }),
  { mapRoles: [{ rolearn: arn, username: 'a', groups: ['g'] }], mapAccounts: [account] },
  {
    clusterID: 'c',
    server: { mapRoles: [{ roleARN: arn, username: 'a' }], backendMode: ['MountedFile', 'CRD'] },
  },
  {
    kind: 'IAMIdentityMapping',
    apiVersion: 'iamauthenticator.k8s.aws/v1alpha1',
    spec: { arn, username: 'u', groups: ['g'] },
  },
  { kind: 'List', items: [{ mapUsers: [{ userarn: `arn:aws:iam::${account}:user/bob`, username: 'b' }] }] },
];
const documentNames = [
  ...[
    'mapRoles',
    'mapUsers',
    'mapAccounts',
    'rolearn',
    'roleARN',
    'userarn',
    'username',
    'groups',
    'sso',
    'server',
  ],
  ...[
    'kind',
    'items',
    'data',
    'spec',
    'accessEntry',
    'accessEntries',
    'principalArn',
    'config.yaml',
    'userid',
  ],
];

/** A secret in whatever place. */
const secret = 'S3CRET-0f9e8d7c6b5a';
const digest = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const other = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752';
const variables: Readonly<Record<string, unknown>> = {
  CALLERID_CLUSTER: 'prod.example.com',
  CALLERID_AUDIENCE: 'prod.example.com/x',
  CALLERID_API_SERVER_SECRET_SHA256: digest,
  CALLERID_CLUSTERS: {
    'b.example.com': {
      audience: 'b.example.com',
      apiServerSecretSha256: [other],
      acknowledgeSharedName: true,
    },
  },
  CALLERID_PARTITION: 'aws',
  CALLERID_REGIONS: 'eu-west-1, us-east-1',
  CALLERID_STS_HOSTS: 'vpce-1.sts.eu-west-1.vpce.amazonaws.com=eu-west-1',
  CALLERID_IDENTITY_SECONDS: 60,
  CALLERID_MAX_TOKEN_LENGTH: '8192',
  CALLERID_BREAK_GLASS: { role: arn, expires: new Date(now + 3_600_000).toISOString() },
  CALLERID_CLIENT_CERTIFICATE_PROXY: { addresses: ['10.0.0.5'], header: 'client-cert', form: 'rfc9440' },
  CALLERID_AWS_JWT_ISSUERS: [
    { issuer: 'https://0a1b2c3d-0000-4000-8000-00000000000a.tokens.sts.global.api.aws', account },
  ],
  CALLERID_ADMIN_AUDIENCE: 'https://callerid.example.com/admin',
  CALLERID_EC2_REGION: 'eu-west-1',
  CALLERID_EC2_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  CALLERID_EC2_SECRET_ACCESS_KEY: secret,
  CALLERID_ISSUER: 'https://callerid.example.com',
  CALLERID_SIGNING_KEYS: secret,
  CALLERID_TOKEN_AUDIENCE: 'prod.k8s.example.com',
};
const optional = Object.keys(variables).slice(3);
const environment = fc
  .record({
    left: fc.subarray(optional),
    spoilt: spoiltJson(fc.constant(variables), [...optional, 'CALLERID_X', secret]),
    text: spoiltText(fc.constantFrom('', 'x', secret, '1', 'true', digest), [',', '=']),
    at: fc.nat(optional.length * 4),
  })
  .map(({ left, spoilt, text, at }) => {
    if (typeof spoilt !== 'object' || spoilt === null) return {};
    const all: Record<string, unknown> = { ...(spoilt as object) };
    for (const name of left) delete all[name];
    const name = optional[at];
    return name === undefined ? all : { ...all, [name]: text };
  });

const rsaKey = {
  ...{ kid: 'a', use: 'sig', signFrom: '2026-11-24T05:00:00Z', alg: 'RS256', kty: 'RSA', e: 'AQAB' },
  n: `w${'A'.repeat(341)}`,
  ...Object.fromEntries(['d', 'p', 'q', 'dp', 'dq', 'qi'].map((name) => [name, secret])),
};
const ecKey = {
  ...{ kid: 'b', use: 'sig', signFrom: '2026-11-24T05:00:00Z', alg: 'ES256', kty: 'EC', crv: 'P-256' },
  ...{ x: 'A'.repeat(43), y: 'A'.repeat(43), d: secret + 'A'.repeat(43 - secret.length) },
};

const exchangeAudience = 'https://k8s.example.com';
const form = goodToken.chain(({ token }) => {
  const pairs: readonly (readonly [name: string, value: string])[] = [
    ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    ['subject_token', token],
    ['subject_token_type', signedUrlType],
    ['audience', exchangeAudience],
    ['requested_token_type', 'urn:ietf:params:oauth:token-type:jwt'],
  ];
  const body = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
  return fc.record({
    body: spoiltText(fc.constant(body), ['&', '=', '&audience=x', '&actor_token=x', '&scope=a', '%ff', '+']),
    type: fc.oneof(
      { weight: 8, arbitrary: fc.constant('application/x-www-form-urlencoded') },
      fc.constantFrom('application/json', 'application/x-www-form-urlencoded; charset=utf-8', ''),
    ),
  });
});

const headerWords = ['Bearer ', 'bearer', ',', '=', '  ', 'Basic', '\t'];
/** What a platform takes for the value of a header. */
const headerText = (good: readonly string[], words: readonly string[]): fc.Arbitrary<string> =>
  spoiltText(fc.constantFrom(...good), words, 'abAB019-_.~+/=:;,"\\ %').map((text) => text.trim());

export const requests: readonly Property[] = [
  property({
    name: 'request: a TokenReview',
    input: spoiltJson(fc.constantFrom(...(JSON.parse(reviewsText) as unknown[])), [
      ...['apiVersion', 'kind', 'spec', 'token', 'audiences'],
    ]),
    check: (value) => {
      const review = readTokenReview(value);
      if (!review.ok) return false;
      ensure(typeof review.token === 'string', 'a review without a token');
      ensure(
        review.audiences.every((one) => typeof one === 'string'),
        'an audience that is no text',
      );
      return true;
    },
  }),
  property({
    name: 'request: a form for a token exchange',
    cost: 5,
    input: form,
    check: async ({ body, type }) => {
      const request = new Request('https://k8s.example.com/token', {
        method: 'POST',
        headers: type === '' ? {} : { 'content-type': type },
        body: new TextEncoder().encode(body),
      });
      const read = await readTokenRequest(request, exchangeAudience);
      if (read.ok) {
        ensureSame(
          new URLSearchParams(body).getAll('subject_token'),
          [read.subjectToken],
          'the subject token',
        );
        return true;
      }
      ensure(Object.hasOwn(exchangeErrors, read.code), `an unknown code ${read.code}`);
      ensure(/^[a-z_]{0,30}$/.test(read.detail ?? ''), 'a detail in the words of the request');
      return false;
    },
  }),
  property({
    name: 'request: a bearer credential',
    cost: 2,
    input: headerText(['Bearer abc.DEF-_~+/==', 'Bearer k8s-aws-v1.aHR0cHM6', 'bearer x'], headerWords),
    check: (authorization) => {
      const request = new Request('https://orders.example.com', { headers: { authorization } });
      const credential = readCredential(request.headers);
      const bearer = bearerOf(request);
      ensure(bearer === '' || authorization.endsWith(bearer), 'a bearer that was not sent');
      if (!credential.ok) return false;
      ensure(/^[\w\-.~+/]+=*$/.test(credential.token), 'a token of other characters');
      ensure(authorization.endsWith(credential.token), 'a token that was not sent');
      return true;
    },
  }),
  property({
    name: 'request: the certificate in the header of a proxy',
    cost: 5,
    input: fc.constantFrom(...certificateForms).chain((name) =>
      fc.record({
        name: fc.oneof({ weight: 8, arbitrary: fc.constant(name) }, fc.constantFrom(...certificateForms)),
        value: spoiltText(fc.constant(headers[name]), [
          ...[
            ':',
            ',',
            ';',
            '"',
            '\\',
            '%0A',
            '%',
            'Hash=',
            ';Subject=""',
            '-----END CERTIFICATE-----',
            '==',
          ],
        ]),
      }),
    ),
    check: async ({ name, value }) => {
      const fingerprint = await certificateInHeader(name, value);
      ensure(fingerprint === undefined || fingerprint.length === 32, 'a fingerprint of another length');
      return fingerprint !== undefined;
    },
  }),
  property({
    name: 'request: the certificate that the edge vouches for',
    input: spoiltJson(fc.constant({ tlsClientAuth }), Object.keys(tlsClientAuth)),
    check: (cf) => {
      const fingerprint = edgeCertificate(cf);
      if (fingerprint === undefined) return false;
      const { certVerified, certRevoked } = (cf as { tlsClientAuth: Record<string, unknown> }).tlsClientAuth;
      ensureSame([certVerified, certRevoked], ['SUCCESS', '0'], 'what the edge said');
      return true;
    },
  }),
  parser({
    name: 'settings: read, or one error that names a setting and holds no value of a secret',
    cost: 10,
    leastAccepted: 0.1,
    input: environment,
    read: (env) => {
      try {
        const settings = readSettings(env, now);
        ensure(settings.clusters.length > 0, 'a deployment of nothing');
        ensure(!JSON.stringify(settings.warnings).includes(secret), 'a secret in a warning');
        for (const { apiServerAuth } of settings.clusters) {
          const isOpen = apiServerAuth === 'none';
          ensure(!isOpen || JSON.stringify(env).includes('none'), 'an API server that nobody let in');
        }
        return true;
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        const { setting, problem } = error;
        // A value may be repeated in quotes, which nobody but the log is told, where it is none of a secret.
        const isOfSecret = /^CALLERID_(?:EC2_|SIGNING_KEYS)/.test(setting);
        const told = isOfSecret ? problem : problem.replace(/"(?:[^"\\]|\\.)*"/g, '');
        ensure(!told.includes(secret), `a secret in ${error.message}`);
        return false;
      }
    },
  }),
  parser({
    name: 'settings: signing keys, of which nothing is told',
    input: spoiltJsonText(fc.constant({ keys: [rsaKey, ecKey] }), [
      'keys',
      'kid',
      'alg',
      'd',
      'n',
      'signFrom',
    ]),
    read: (text) => {
      try {
        const keys = parseSigningKeys(text, 'CALLERID_SIGNING_KEYS');
        ensure(new Set(keys.map(({ kid }) => kid)).size === keys.length, 'two keys of one name');
        return true;
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        ensure(!error.message.includes(secret), 'a private key in an error');
        return false;
      }
    },
  }),
  parser({
    name: 'import: a policy that validates, or every issue told',
    cost: 3,
    input: fc
      .constantFrom(...documents)
      .chain((document) => spoiltJson(fc.constant(document), documentNames)),
    throws: [PolicyError],
    read: (document) => {
      const { policy } = importDocuments([document], { parseYaml });
      ensureSame(parsePolicy(JSON.parse(JSON.stringify(policy))), policy, 'read again');
      return true;
    },
  }),
];
