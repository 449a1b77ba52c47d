/**
 * The settings: every variable, its default and its bounds, what is wrong and how to mend it; and
 * `docs/configuration.md` in step with them.
 */
import { describe, expect, test } from 'vitest';
import page from '../../docs/configuration.md?raw';
import { ConfigurationError } from '../../src/errors/classes.ts';
import clusterSource from '../../src/runtime/cluster-settings.ts?raw';
import ec2Source from '../../src/runtime/ec2-settings.ts?raw';
import endpointSource from '../../src/runtime/endpoint-settings.ts?raw';
import { createMetrics } from '../../src/runtime/metrics/metrics.ts';
import policyTrustSource from '../../src/runtime/policy-trust-settings.ts?raw';
import { readSettings, type Settings } from '../../src/runtime/settings.ts';
import source from '../../src/runtime/webhook-settings.ts?raw';
import { sha256 } from '../support/deployment.ts';

type Env = Readonly<Record<string, unknown>>;

const digest = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'; // of "test"
const other = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752';
const id = 'prod.example.com';
const base: Env = { CALLERID_CLUSTER: id, CALLERID_API_SERVER_SECRET_SHA256: digest };

function bytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) =>
    Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16),
  );
}

const auth = { secretDigests: [bytes(digest)], certificateDigests: [] };

const defaults: Settings = {
  clusters: [{ id, audience: id, acknowledgeSharedName: false, apiServerAuth: auth }],
  defaultCluster: id,
  endpoints: { globalEndpoint: true },
  identitySeconds: 60,
  policySeconds: 30,
  lastGoodSeconds: 900,
  stsDeadlineMs: 5000,
  clusterLimit: 6000,
  callerLimit: 600,
  stsConcurrency: 1000,
  maxTokenLength: 8192,
  cacheBytes: 16 * 1024 * 1024,
  breakGlass: undefined,
  admin: undefined,
  policyCacheBytes: 16 * 1024 * 1024,
  traces: false,
  warnings: [],
};

/** A fingerprint as openssl prints it. */
function colons(hex: string): string {
  return hex.toUpperCase().match(/../g)?.join(':') ?? '';
}

const bothSuffice =
  'CALLERID_API_SERVER_CERTIFICATE_SHA256: a secret suffices as well. ' +
  'Remove CALLERID_API_SERVER_SECRET_SHA256 once the API server presents its certificate.';

/** The settings of one cluster that takes these. */
function withCertificates(
  secretDigests: Uint8Array[],
  certificateDigests: Uint8Array[],
  warnings: string[] = [],
): Partial<Settings> {
  const apiServerAuth = { secretDigests, certificateDigests };
  return { clusters: [{ id, audience: id, acknowledgeSharedName: false, apiServerAuth }], warnings };
}

function read(change: Env = {}): Settings {
  return readSettings({ ...base, ...change });
}

/** What is thrown. */
function problemOf(env: Env): ConfigurationError {
  try {
    readSettings(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as ConfigurationError;
  }
  throw new Error('these settings were taken');
}

const known = [source, clusterSource, ec2Source, endpointSource, policyTrustSource].flatMap((text) =>
  [...text.matchAll(/^ {2}(CALLERID_\w+): /gm)].map(([, name]) => name as string),
);

test('the least that works', () => {
  expect(read()).toEqual(defaults);
});

describe('a variable', () => {
  test.each<[name: string, value: unknown, expected: Partial<Settings>]>([
    ['CALLERID_IDENTITY_SECONDS', '0', { identitySeconds: 0 }],
    ['CALLERID_IDENTITY_SECONDS', 900, { identitySeconds: 900 }],
    ['CALLERID_POLICY_SECONDS', '1', { policySeconds: 1 }],
    ['CALLERID_LAST_GOOD_SECONDS', '86400', { lastGoodSeconds: 86_400 }],
    ['CALLERID_LAST_GOOD_SECONDS', 0, { lastGoodSeconds: 0 }],
    ['CALLERID_STS_DEADLINE_MS', '100', { stsDeadlineMs: 100 }],
    ['CALLERID_CLUSTER_LIMIT', '100', { clusterLimit: 100 }],
    ['CALLERID_CALLER_LIMIT', '10', { callerLimit: 10 }],
    ['CALLERID_STS_CONCURRENCY', '5', { stsConcurrency: 5 }],
    ['CALLERID_MAX_TOKEN_LENGTH', '32768', { maxTokenLength: 32_768 }],
    ['CALLERID_CACHE_MIB', '0', { cacheBytes: 0 }],
    ['CALLERID_CACHE_MIB', '64', { cacheBytes: 64 * 1024 * 1024 }],
    ['CALLERID_CACHE_MIB', '007', { cacheBytes: 7 * 1024 * 1024 }],
    ['CALLERID_POLICY_CACHE_MIB', '1', { policyCacheBytes: 1024 * 1024 }],
    ['CALLERID_PARTITION', 'aws-cn', { endpoints: { partition: 'aws-cn', globalEndpoint: true } }],
    ['CALLERID_REGIONS', 'eu-west-1', { endpoints: { regions: ['eu-west-1'], globalEndpoint: true } }],
    [
      'CALLERID_REGIONS',
      'eu-west-1, eu-west-2',
      { endpoints: { regions: ['eu-west-1', 'eu-west-2'], globalEndpoint: true } },
    ],
    ['CALLERID_GLOBAL_ENDPOINT', 'false', { endpoints: { globalEndpoint: false } }],
    ['CALLERID_GLOBAL_ENDPOINT', false, { endpoints: { globalEndpoint: false } }],
    [
      'CALLERID_STS_HOSTS',
      'vpce-1.sts.us-east-1.vpce.amazonaws.com=us-east-1, sts.internal.example=eu-west-1',
      {
        endpoints: {
          hosts: [
            { host: 'vpce-1.sts.us-east-1.vpce.amazonaws.com', region: 'us-east-1' },
            { host: 'sts.internal.example', region: 'eu-west-1' },
          ],
          globalEndpoint: true,
        },
      },
    ],
    [
      'CALLERID_AUDIENCE',
      'https://k8s.example',
      {
        clusters: [
          { id, audience: 'https://k8s.example', acknowledgeSharedName: false, apiServerAuth: auth },
        ],
      },
    ],
    [
      'CALLERID_API_SERVER_SECRET_SHA256',
      digest.toUpperCase(),
      { clusters: [{ id, audience: id, acknowledgeSharedName: false, apiServerAuth: auth }] },
    ],
    [
      'CALLERID_API_SERVER_SECRET_SHA256',
      `${digest}, ${other}`,
      {
        clusters: [
          {
            id,
            audience: id,
            acknowledgeSharedName: false,
            apiServerAuth: { secretDigests: [bytes(digest), bytes(other)], certificateDigests: [] },
          },
        ],
      },
    ],
    [
      'CALLERID_API_SERVER_CERTIFICATE_SHA256',
      other,
      withCertificates(auth.secretDigests, [bytes(other)], [bothSuffice]),
    ],
    ['CALLERID_CLIENT_CERTIFICATE_PROXY', '{"form":"pem"}', { clientCertificateProxy: { form: 'pem' } }],
    [
      'CALLERID_ACKNOWLEDGE_SHARED_NAME',
      'true',
      { clusters: [{ id, audience: id, acknowledgeSharedName: true, apiServerAuth: auth }] },
    ],
    ['CALLERID_ACKNOWLEDGE_SHARED_NAME', false, {}],
    ['CALLERID_POLICY', 'file:/var/lib/callerid', {}],
    ['PATH', '/bin', {}],
    ['callerid_cluster', 'x', {}],
    ['XCALLERID_NOTHING', 'x', {}],
    ['POLICY', { get() {} }, {}],
  ])('%s = %s', (name, value, expected) => {
    expect(read({ [name]: value })).toEqual({ ...defaults, ...expected });
  });

  // by these, empty, the policy would decide, or one that nobody signed
  const neverEmpty = [
    'CALLERID_SHADOW_URL',
    'CALLERID_POLICY_KEYS',
    'CALLERID_POLICY_MIN_VERSION',
    'CALLERID_SCRUBBED_ACCOUNTS',
    'CALLERID_METRICS_SECRET_SHA256',
  ];
  test.each(known.filter((name) => !neverEmpty.includes(name)))(
    '%s that is empty or undefined is absent',
    (name) => {
      const { [name]: _, ...rest } = base;
      const without = () => readSettings(rest);
      for (const empty of ['', undefined]) {
        const withEmpty = () => readSettings({ ...rest, [name]: empty });
        if (name in base) expect(withEmpty).toThrow(problemOf(rest).message);
        else expect(withEmpty()).toEqual(without());
      }
    },
  );

  test('the digest is that of the secret', async () => {
    const [cluster] = read().clusters;
    expect(cluster?.apiServerAuth).toEqual({ secretDigests: [await sha256('test')], certificateDigests: [] });
  });
});

describe('client certificates in place of a secret', () => {
  test.each<[name: string, value: string, expected: string[]]>([
    ['one', digest, [digest]],
    ['one, as openssl prints it', colons(digest), [digest]],
    ['two, while one is renewed', `${digest}, ${colons(other)}`, [digest, other]],
  ])('%s', (_, value, expected) => {
    const settings = read({
      CALLERID_API_SERVER_SECRET_SHA256: '',
      CALLERID_API_SERVER_CERTIFICATE_SHA256: value,
    });
    expect(settings).toEqual({ ...defaults, ...withCertificates([], expected.map(bytes)) });
  });

  test('of a further cluster, whose fields the warning names', () => {
    const staging = { apiServerSecretSha256: [other], apiServerCertificateSha256: [colons(digest)] };
    const { clusters, warnings } = read({ CALLERID_CLUSTERS: { 'staging.example.com': staging } });
    expect(clusters[1]?.apiServerAuth).toEqual({
      secretDigests: [bytes(other)],
      certificateDigests: [bytes(digest)],
    });
    expect(warnings).toEqual([
      bothSuffice
        .replace(
          'CALLERID_API_SERVER_CERTIFICATE_SHA256',
          'CALLERID_CLUSTERS.staging.example.com.apiServerCertificateSha256',
        )
        .replace(
          'CALLERID_API_SERVER_SECRET_SHA256',
          'CALLERID_CLUSTERS.staging.example.com.apiServerSecretSha256',
        ),
    ]);
  });
});

describe('clusters', () => {
  const staging = { apiServerSecretSha256: [other] };
  const readStaging = {
    id: 'staging.example.com',
    audience: 'staging.example.com',
    acknowledgeSharedName: false,
    apiServerAuth: { secretDigests: [bytes(other)], certificateDigests: [] },
  };

  test.each<[name: string, value: unknown]>([
    ['as JSON', JSON.stringify({ 'staging.example.com': staging })],
    ["as wrangler's table", { 'staging.example.com': staging }],
  ])('further ones %s', (_, value) => {
    expect(read({ CALLERID_CLUSTERS: value }).clusters).toEqual([...defaults.clusters, readStaging]);
  });

  test('only further ones: none is the default', () => {
    const { clusters, defaultCluster } = readSettings({
      CALLERID_CLUSTERS: { 'staging.example.com': staging },
    });
    expect([clusters, defaultCluster]).toEqual([[readStaging], undefined]);
  });

  test('every field of one', () => {
    const dev = { audience: 'dev-1', acknowledgeSharedName: true, apiServerAuth: 'none' };
    const { clusters, warnings } = read({ CALLERID_CLUSTERS: { dev } });
    expect(clusters[1]).toEqual({
      id: 'dev',
      audience: 'dev-1',
      acknowledgeSharedName: true,
      apiServerAuth: 'none',
    });
    expect(warnings).toEqual([
      'CALLERID_CLUSTERS.dev.apiServerAuth: anybody who reaches this webhook may ask for reviews.',
    ]);
  });

  test('the example of the page', () => {
    const example = /```json\n([\s\S]+?)```/.exec(page)?.[1] ?? '';
    const { clusters } = readSettings({
      CALLERID_CLUSTER: id,
      CALLERID_API_SERVER_AUTH: 'none',
      CALLERID_CLUSTERS: example.replaceAll('"…"', JSON.stringify(other)),
    });
    expect(clusters.map(({ id, audience }) => [id, audience])).toEqual([
      [id, id],
      ['staging.example.com', 'staging.example.com'],
      ['dev', 'dev.example.com'],
    ]);
  });

  test('a cluster may have a name of Object.prototype', () => {
    const { clusters } = read({
      CALLERID_CLUSTERS: '{"constructor":{"audience":"a.b","apiServerAuth":"none"}}',
    });
    expect(clusters[1]).toEqual({
      id: 'constructor',
      audience: 'a.b',
      acknowledgeSharedName: false,
      apiServerAuth: 'none',
    });
  });
});

describe('warnings', () => {
  const shared =
    /^CALLERID_AUDIENCE: an EKS cluster could have this name, .* set CALLERID_ACKNOWLEDGE_SHARED_NAME\.$/;
  const open = /^CALLERID_API_SERVER_AUTH: anybody who reaches this webhook may ask/;
  const anybody = { CALLERID_API_SERVER_SECRET_SHA256: '', CALLERID_API_SERVER_AUTH: 'none' };

  test.each<[name: string, change: Env, warnings: RegExp[]]>([
    ['none', {}, []],
    ['an ID that an EKS cluster could have', { CALLERID_CLUSTER: 'prod' }, [shared]],
    ['an audience that an EKS cluster could have', { CALLERID_AUDIENCE: 'prod-1' }, [shared]],
    ['known and taken', { CALLERID_CLUSTER: 'prod', CALLERID_ACKNOWLEDGE_SHARED_NAME: 'true' }, []],
    ['not taken', { CALLERID_CLUSTER: 'prod', CALLERID_ACKNOWLEDGE_SHARED_NAME: 'false' }, [shared]],
    [
      'an ID that one could have, an audience that none can',
      { CALLERID_CLUSTER: 'prod', CALLERID_AUDIENCE: 'a/b' },
      [],
    ],
    ['anybody may ask', anybody, [open]],
    ['both', { ...anybody, CALLERID_CLUSTER: 'prod' }, [open, shared]],
  ])('%s', (_, change, warnings) => {
    expect(read(change).warnings).toEqual(warnings.map((pattern) => expect.stringMatching(pattern)));
  });
});

describe('what is wrong', () => {
  const clusters = (value: unknown): Env => ({ CALLERID_CLUSTERS: value });
  const staging = (settings: unknown): Env => clusters({ staging: settings });

  test.each<[name: string, change: Env, setting: string, message: RegExp]>([
    [
      'no cluster',
      { CALLERID_CLUSTER: undefined, CALLERID_API_SERVER_SECRET_SHA256: undefined },
      'CALLERID_CLUSTER',
      /not set\. Set it to the ID/,
    ],
    [
      'a secret without a cluster',
      { CALLERID_CLUSTER: undefined },
      'CALLERID_CLUSTER',
      /not set, though CALLERID_API_SERVER_SECRET_SHA256 is/,
    ],
    [
      'an audience without a cluster',
      {
        CALLERID_CLUSTER: '',
        CALLERID_API_SERVER_SECRET_SHA256: '',
        CALLERID_AUDIENCE: 'a.b',
        ...staging({ apiServerAuth: 'none' }),
      },
      'CALLERID_CLUSTER',
      /though CALLERID_AUDIENCE is/,
    ],
    ['a cluster ID with a slash', { CALLERID_CLUSTER: 'a/b' }, 'CALLERID_CLUSTER', /letters, digits/],
    ['a cluster ID with a space', { CALLERID_CLUSTER: 'a b' }, 'CALLERID_CLUSTER', /letters, digits/],
    ['a cluster ID with a line feed', { CALLERID_CLUSTER: 'a\n' }, 'CALLERID_CLUSTER', /letters, digits/],
    ['a cluster ID of dots', { CALLERID_CLUSTER: '..' }, 'CALLERID_CLUSTER', /letters, digits/],
    [
      'a cluster ID of 101 characters',
      { CALLERID_CLUSTER: 'a'.repeat(101) },
      'CALLERID_CLUSTER',
      /at most 100/,
    ],
    [
      'an audience with two spaces, which SigV4 folds',
      { CALLERID_AUDIENCE: 'a  b' },
      'CALLERID_AUDIENCE',
      /doubled spaces/,
    ],
    ['an audience with a space at the end', { CALLERID_AUDIENCE: 'a ' }, 'CALLERID_AUDIENCE', /outer/],
    [
      'an audience of 257 characters',
      { CALLERID_AUDIENCE: 'a'.repeat(257) },
      'CALLERID_AUDIENCE',
      /1 to 256/,
    ],
    [
      'an audience with what would bind a token',
      { CALLERID_AUDIENCE: 'https://a.example.com/#b' },
      'CALLERID_AUDIENCE',
      /without #/,
    ],
    ['an audience beyond ASCII', { CALLERID_AUDIENCE: 'caf\xe9' }, 'CALLERID_AUDIENCE', /ASCII/],
    [
      'nobody asks',
      { CALLERID_API_SERVER_SECRET_SHA256: '' },
      'CALLERID_API_SERVER_SECRET_SHA256',
      /not set, so anybody could ask\. Set it to .*or set CALLERID_API_SERVER_AUTH to none/,
    ],
    [
      'a secret and none',
      { CALLERID_API_SERVER_AUTH: 'none' },
      'CALLERID_API_SERVER_SECRET_SHA256',
      /set together with CALLERID_API_SERVER_AUTH/,
    ],
    [
      'a certificate and none',
      {
        CALLERID_API_SERVER_SECRET_SHA256: '',
        CALLERID_API_SERVER_CERTIFICATE_SHA256: digest,
        CALLERID_API_SERVER_AUTH: 'none',
      },
      'CALLERID_API_SERVER_CERTIFICATE_SHA256',
      /set together with CALLERID_API_SERVER_AUTH\. Keep one/,
    ],
    [
      'a certificate and none of a further cluster',
      staging({ apiServerCertificateSha256: [other], apiServerAuth: 'none' }),
      'CALLERID_CLUSTERS.staging.apiServerCertificateSha256',
      /set together with CALLERID_CLUSTERS\.staging\.apiServerAuth/,
    ],
    [
      'a certificate by its SHA-1',
      { CALLERID_API_SERVER_CERTIFICATE_SHA256: digest.slice(0, 40) },
      'CALLERID_API_SERVER_CERTIFICATE_SHA256',
      /SHA-256 fingerprint, 64 hexadecimal digits/,
    ],
    [
      'a certificate in PEM',
      { CALLERID_API_SERVER_CERTIFICATE_SHA256: '-----BEGIN CERTIFICATE-----' },
      'CALLERID_API_SERVER_CERTIFICATE_SHA256',
      /64 hexadecimal digits/,
    ],
    [
      'a fingerprint with some colons',
      { CALLERID_API_SERVER_CERTIFICATE_SHA256: `${digest.slice(0, 2)}:${digest.slice(2)}` },
      'CALLERID_API_SERVER_CERTIFICATE_SHA256',
      /colons between the pairs or without/,
    ],
    [
      "openssl's whole line",
      { CALLERID_API_SERVER_CERTIFICATE_SHA256: `sha256 Fingerprint=${digest}` },
      'CALLERID_API_SERVER_CERTIFICATE_SHA256',
      /64 hexadecimal digits/,
    ],
    [
      'three certificates',
      { CALLERID_API_SERVER_CERTIFICATE_SHA256: [digest, other, '0'.repeat(64)].join() },
      'CALLERID_API_SERVER_CERTIFICATE_SHA256',
      /two fingerprints at most/,
    ],
    [
      'no certificate in a list',
      staging({ apiServerCertificateSha256: [] }),
      'CALLERID_CLUSTERS.staging.apiServerCertificateSha256',
      /not be empty/,
    ],
    [
      'a certificate without a cluster',
      {
        CALLERID_CLUSTER: '',
        CALLERID_API_SERVER_SECRET_SHA256: '',
        CALLERID_API_SERVER_CERTIFICATE_SHA256: digest,
        ...staging({ apiServerAuth: 'none' }),
      },
      'CALLERID_CLUSTER',
      /though CALLERID_API_SERVER_CERTIFICATE_SHA256 is/,
    ],
    [
      'the API server of one cluster, asking for another: one secret for two',
      staging({ apiServerSecretSha256: [other, digest.toUpperCase()] }),
      'CALLERID_CLUSTERS',
      /two clusters have the same apiServerSecretSha256\. Give each API server a secret of its own/,
    ],
    [
      'the API server of one cluster, asking for another: one certificate for two',
      {
        CALLERID_API_SERVER_CERTIFICATE_SHA256: colons(other),
        ...staging({ apiServerCertificateSha256: [digest, other] }),
      },
      'CALLERID_CLUSTERS',
      /two clusters have the same apiServerCertificateSha256/,
    ],
    [
      'a proxy that is no JSON',
      { CALLERID_CLIENT_CERTIFICATE_PROXY: '10.0.0.5' },
      'CALLERID_CLIENT_CERTIFICATE_PROXY',
      /must be a JSON object/,
    ],
    [
      'another way to ask',
      { CALLERID_API_SERVER_AUTH: 'None' },
      'CALLERID_API_SERVER_AUTH',
      /may only be none/,
    ],
    [
      'half a digest',
      { CALLERID_API_SERVER_SECRET_SHA256: digest.slice(1) },
      'CALLERID_API_SERVER_SECRET_SHA256',
      /64 hexadecimal digits/,
    ],
    [
      'a digest in base64',
      { CALLERID_API_SERVER_SECRET_SHA256: 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=' },
      'CALLERID_API_SERVER_SECRET_SHA256',
      /64 hexadecimal digits/,
    ],
    [
      'three digests',
      { CALLERID_API_SERVER_SECRET_SHA256: [digest, other, digest].join() },
      'CALLERID_API_SERVER_SECRET_SHA256',
      /two digests at most/,
    ],
    [
      'a comma too much',
      { CALLERID_API_SERVER_SECRET_SHA256: `${digest},` },
      'CALLERID_API_SERVER_SECRET_SHA256',
      /64 hexadecimal digits/,
    ],
    [
      'a flag that is no flag',
      { CALLERID_GLOBAL_ENDPOINT: 'no' },
      'CALLERID_GLOBAL_ENDPOINT',
      /true or false/,
    ],
    [
      'a flag in capitals',
      { CALLERID_ACKNOWLEDGE_SHARED_NAME: 'TRUE' },
      'CALLERID_ACKNOWLEDGE_SHARED_NAME',
      /true or false/,
    ],
    ['another partition', { CALLERID_PARTITION: 'azure' }, 'CALLERID_PARTITION', /Use one of aws, /],
    [
      'a name of Object.prototype as partition',
      { CALLERID_PARTITION: '__proto__' },
      'CALLERID_PARTITION',
      /Use one of aws, /,
    ],
    ['a region of another partition', { CALLERID_REGIONS: 'cn-north-1' }, 'CALLERID_REGIONS', /partition/],
    ['no region between commas', { CALLERID_REGIONS: 'eu-west-1,,' }, 'CALLERID_REGIONS', /no region/],
    ['a list of regions for a text', { CALLERID_REGIONS: ['eu-west-1'] }, 'CALLERID_REGIONS', /no region/],
    [
      'a host without a region',
      { CALLERID_STS_HOSTS: 'sts.internal.example' },
      'CALLERID_STS_HOSTS',
      /host=region/,
    ],
    [
      'a host with an empty region',
      { CALLERID_STS_HOSTS: 'sts.internal.example=' },
      'CALLERID_STS_HOSTS',
      /host=region/,
    ],
    [
      'a host with two regions',
      { CALLERID_STS_HOSTS: 'a.example=eu-west-1=x' },
      'CALLERID_STS_HOSTS',
      /host=region/,
    ],
    [
      'a URL for a host',
      { CALLERID_STS_HOSTS: 'https://a.example=eu-west-1' },
      'CALLERID_STS_HOSTS',
      /no plain DNS name/,
    ],
    ['no host', { CALLERID_STS_HOSTS: '=eu-west-1' }, 'CALLERID_STS_HOSTS', /no plain DNS name/],
    [
      'a host with a region that its name contradicts',
      { CALLERID_STS_HOSTS: 'sts.eu-west-1.amazonaws.com=eu-west-2' },
      'CALLERID_STS_HOSTS',
      /eu-west-1/,
    ],
    ['clusters that are no JSON', clusters('{'), 'CALLERID_CLUSTERS', /JSON/],
    ['clusters null', clusters('null'), 'CALLERID_CLUSTERS', /not an object\. Write /],
    ['a list of clusters', clusters([{ id: 'a' }]), 'CALLERID_CLUSTERS', /not an object/],
    ['a number for clusters', clusters(1), 'CALLERID_CLUSTERS', /not an object/],
    [
      'no cluster among clusters, and no other',
      { ...clusters('{}'), CALLERID_CLUSTER: '', CALLERID_API_SERVER_SECRET_SHA256: '' },
      'CALLERID_CLUSTERS',
      /names no cluster\. Name one/,
    ],
    [
      'a key that is no cluster ID',
      clusters({ '../x': {} }),
      'CALLERID_CLUSTERS',
      /a key is not a cluster ID/,
    ],
    [
      '__proto__ as a cluster',
      clusters('{"__proto__":{"apiServerAuth":"none"}}'),
      'CALLERID_CLUSTERS',
      /a key is not a cluster ID/,
    ],
    ['text for a cluster', staging('x'), 'CALLERID_CLUSTERS.staging', /must be an object/],
    ['null for a cluster', staging(null), 'CALLERID_CLUSTERS.staging', /must be an object/],
    [
      'an empty cluster',
      staging({}),
      'CALLERID_CLUSTERS.staging.apiServerSecretSha256',
      /anybody could ask.* set CALLERID_CLUSTERS\.staging\.apiServerAuth to none/,
    ],
    [
      'the way to ask inherited',
      clusters('{"staging":{"__proto__":{"apiServerAuth":"none"}}}'),
      'CALLERID_CLUSTERS.staging.__proto__',
      /no such setting/,
    ],
    [
      'a field that does not exist',
      staging({ audence: 'a.b' }),
      'CALLERID_CLUSTERS.staging.audence',
      /no such setting/,
    ],
    [
      'a variable for a field',
      staging({ CALLERID_AUDIENCE: 'a.b' }),
      'CALLERID_CLUSTERS.staging.CALLERID_AUDIENCE',
      /no such setting/,
    ],
    [
      'an audience with a #',
      staging({ audience: 'a.b#c' }),
      'CALLERID_CLUSTERS.staging.audience',
      /without #/,
    ],
    ['an audience that is a number', staging({ audience: 1 }), 'CALLERID_CLUSTERS.staging.audience', /ASCII/],
    [
      'a flag that is text',
      staging({ acknowledgeSharedName: 'true' }),
      'CALLERID_CLUSTERS.staging.acknowledgeSharedName',
      /true or false/,
    ],
    [
      'a digest for a list',
      staging({ apiServerSecretSha256: digest }),
      'CALLERID_CLUSTERS.staging.apiServerSecretSha256',
      /must be a list/,
    ],
    [
      'an empty list of digests',
      staging({ apiServerSecretSha256: [] }),
      'CALLERID_CLUSTERS.staging.apiServerSecretSha256',
      /not be empty/,
    ],
    [
      'a digest that is a number',
      staging({ apiServerSecretSha256: [1] }),
      'CALLERID_CLUSTERS.staging.apiServerSecretSha256',
      /must be text/,
    ],
    [
      'the same cluster twice',
      clusters({ [id]: { audience: 'a.b', apiServerAuth: 'none' } }),
      'CALLERID_CLUSTERS',
      /two clusters have the same id/,
    ],
    [
      'two clusters with one audience',
      staging({ audience: id, apiServerAuth: 'none' }),
      'CALLERID_CLUSTERS',
      /two clusters have the same audience/,
    ],
    [
      'an audience that is the ID of another',
      { ...staging({ apiServerAuth: 'none' }), CALLERID_AUDIENCE: 'staging' },
      'CALLERID_CLUSTERS',
      /two clusters have the same audience/,
    ],
  ])('%s', (_, change, setting, message) => {
    const problem = problemOf({ ...base, ...change });
    expect(problem.code).toBe('configuration');
    expect(problem.setting).toBe(setting);
    expect(problem.message.startsWith(`${setting}: `)).toBe(true);
    expect(problem.message).toMatch(message);
    expect(problem.fix.length).toBeGreaterThan(10);
  });

  test.each([
    ['CALLERID_CLUSTR', 'Did you mean CALLERID_CLUSTER?'],
    ['CALLERID_CLUSTER_', 'Did you mean CALLERID_CLUSTER?'],
    ['CALLERID_REGION', 'Did you mean CALLERID_REGIONS?'],
    ['CALLERID_Policy', 'Did you mean CALLERID_POLICY?'],
    ['CALLERID_STS_HOST', 'Did you mean CALLERID_STS_HOSTS?'],
    ['CALLERID_API_SERVER_SECRET', 'See docs/configuration.md.'],
    ['CALLERID_', 'See docs/configuration.md.'],
    ['CALLERID_WEBHOOK_PORT', 'See docs/configuration.md.'],
    ['CALLERID_toString', 'See docs/configuration.md.'],
  ])('%s: no such setting', (name, fix) => {
    expect(problemOf({ ...base, [name]: 'x' }).message).toBe(`${name}: no such setting. ${fix}`);
  });
});

describe('docs/configuration.md', () => {
  /** Rows of the tables: variable, value, default. */
  const rows = page
    .split('\n')
    .filter((line) => /^\|.*`CALLERID_/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
    .map((cells) => (cells[0]?.startsWith('`') ? cells : cells.slice(1)))
    .map(([name = '', value = '', initial = '']) => [name.replaceAll('`', ''), value, initial] as const);

  test('lists every variable that is read, and no other', () => {
    expect(known.length).toBeGreaterThan(15);
    expect([...new Set(rows.map(([name]) => name))].sort()).toEqual([...known].sort());
    for (const name of page.match(/CALLERID_[A-Z0-9_]+/g) ?? []) {
      if (name !== 'CALLERID_') expect(known).toContain(name);
    }
  });

  /** A value that differs from the default, so that a comparison with the default means something. */
  const others: Record<string, string> = { true: 'false', false: 'true', aws: 'aws-cn' };

  test.each(rows.filter(([, , initial]) => /^(?:`\S+`|[0-9,]+)$/.test(initial)))(
    '%s: the default is the documented one',
    (name, _value, initial) => {
      const value = initial.replace(/[`,]/g, '');
      const settings = ({ endpoints, ...rest }: Settings) => ({
        ...rest,
        endpoints: { partition: 'aws', ...endpoints },
      });
      const cluster = { CALLERID_CLUSTER: 'prod' }; // which warns unless acknowledged
      const unset = settings(read(cluster));
      expect(settings(read({ ...cluster, [name]: value }))).toEqual(unset);
      const other = others[value] ?? String(Number(value) + 1);
      expect(settings(read({ ...cluster, [name]: other }))).not.toEqual(unset);
    },
  );

  const bounded = rows.flatMap(([name, value]) => {
    const [, least, most] = /([0-9,]+) to ([0-9,]+)/.exec(value) ?? [];
    return least && most
      ? [[name, ...[least, most].map((one) => Number(one.replaceAll(',', '')))] as const]
      : [];
  });

  test('documents the bounds of every number', () => {
    expect(bounded.map(([name]) => name).sort()).toEqual(
      [...source.matchAll(/^ {2}(CALLERID_\w+): .*whole\(/gm)].map(([, name]) => name).sort(),
    );
  });

  test.each(bounded)('%s: from %i to %i, and no further', (name, least, most) => {
    for (const value of [least, most]) expect(() => read({ [name]: String(value) })).not.toThrow();
    for (const value of [
      Number(least) - 1,
      Number(most) + 1,
      `${least}.5`,
      ' 1',
      '1e2',
      '0x10',
      'many',
      '9'.repeat(30),
    ]) {
      const problem = problemOf({ ...base, [name]: String(value) });
      expect(problem.message).toMatch(`${name}: must be a whole number from ${least} to ${most}`);
    }
  });

  test('names every partition', () => {
    const [, value = ''] = rows.find(([name]) => name === 'CALLERID_PARTITION') ?? [];
    const partitions = [...value.matchAll(/`([a-z-]+)`/g)].map(([, partition]) => partition as string);
    expect(partitions).toHaveLength(8);
    for (const partition of partitions) expect(() => read({ CALLERID_PARTITION: partition })).not.toThrow();
  });
});

// Whoever sets one of these to a variable that came to nothing must not get less than they wanted, unseen.
test.each([
  'CALLERID_SHADOW_URL',
  'CALLERID_POLICY_KEYS',
  'CALLERID_POLICY_MIN_VERSION',
  'CALLERID_SCRUBBED_ACCOUNTS',
  'CALLERID_METRICS_SECRET_SHA256',
])('%s is never empty', (name) => {
  expect(() => createMetrics(readSettings({ ...base, [name]: '' }), 'node')).toThrow(name);
});
