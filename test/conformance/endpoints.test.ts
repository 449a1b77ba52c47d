import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import {
  createEndpointResolver,
  type EndpointOptions,
  type PartitionId,
  partitionOf,
  type StsHostOptions,
  stsHost,
} from '../../src/sts/endpoints.ts';
import { PARTITIONS } from '../../src/sts/partitions.ts';
import { expectLinear, fill } from '../support/linear.ts';
import { thrown } from '../support/thrown.ts';

const listed = true;
const unlisted = false;

describe('the endpoints of each partition', () => {
  test.each<[PartitionId, string, string, boolean]>([
    ['aws', 'sts.amazonaws.com', 'us-east-1', listed],
    ['aws', 'sts.us-east-1.amazonaws.com', 'us-east-1', listed],
    ['aws', 'sts.ap-southeast-7.amazonaws.com', 'ap-southeast-7', listed],
    ['aws', 'sts.mx-central-1.amazonaws.com', 'mx-central-1', listed],
    ['aws', 'sts-fips.us-west-2.amazonaws.com', 'us-west-2', listed],
    ['aws', 'sts-fips.eu-west-1.amazonaws.com', 'eu-west-1', unlisted],
    ['aws', 'sts.eu-west-1.api.aws', 'eu-west-1', listed],
    ['aws', 'sts-fips.us-east-2.api.aws', 'us-east-2', listed],
    ['aws', 'sts-fips.eu-west-1.api.aws', 'eu-west-1', unlisted],
    ['aws', 'sts.eu-north-7.amazonaws.com', 'eu-north-7', unlisted],
    ['aws', 'sts.sa-west-12.amazonaws.com', 'sa-west-12', unlisted],
    ['aws', 'sts.eu-north-7.api.aws', 'eu-north-7', unlisted],

    ['aws-cn', 'sts.cn-north-1.amazonaws.com.cn', 'cn-north-1', listed],
    ['aws-cn', 'sts-fips.cn-north-1.amazonaws.com.cn', 'cn-north-1', unlisted],
    ['aws-cn', 'sts.cn-northwest-1.api.amazonwebservices.com.cn', 'cn-northwest-1', listed],
    ['aws-cn', 'sts-fips.cn-northwest-1.api.amazonwebservices.com.cn', 'cn-northwest-1', unlisted],
    ['aws-cn', 'sts.cn-south-1.amazonaws.com.cn', 'cn-south-1', unlisted],

    ['aws-eusc', 'sts.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1', listed],
    ['aws-eusc', 'sts-fips.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1', unlisted],
    ['aws-eusc', 'sts.eusc-de-east-1.api.amazonwebservices.eu', 'eusc-de-east-1', listed],
    ['aws-eusc', 'sts-fips.eusc-de-east-1.api.amazonwebservices.eu', 'eusc-de-east-1', unlisted],
    ['aws-eusc', 'sts.eusc-de-west-1.amazonaws.eu', 'eusc-de-west-1', unlisted],

    ['aws-iso', 'sts.us-iso-west-1.c2s.ic.gov', 'us-iso-west-1', listed],
    ['aws-iso', 'sts-fips.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1', unlisted],
    ['aws-iso', 'sts.us-iso-east-1.api.aws.ic.gov', 'us-iso-east-1', unlisted],
    ['aws-iso', 'sts-fips.us-iso-east-1.api.aws.ic.gov', 'us-iso-east-1', unlisted],
    ['aws-iso', 'sts.us-iso-south-1.c2s.ic.gov', 'us-iso-south-1', unlisted],

    ['aws-iso-b', 'sts.us-isob-east-1.sc2s.sgov.gov', 'us-isob-east-1', listed],
    ['aws-iso-b', 'sts-fips.us-isob-east-1.sc2s.sgov.gov', 'us-isob-east-1', unlisted],
    ['aws-iso-b', 'sts.us-isob-east-1.api.aws.scloud', 'us-isob-east-1', unlisted],
    ['aws-iso-b', 'sts-fips.us-isob-east-1.api.aws.scloud', 'us-isob-east-1', unlisted],
    ['aws-iso-b', 'sts.us-isob-north-2.sc2s.sgov.gov', 'us-isob-north-2', unlisted],

    ['aws-iso-e', 'sts.eu-isoe-west-1.cloud.adc-e.uk', 'eu-isoe-west-1', listed],
    ['aws-iso-e', 'sts-fips.eu-isoe-west-1.cloud.adc-e.uk', 'eu-isoe-west-1', unlisted],
    ['aws-iso-e', 'sts.eu-isoe-west-1.api.cloud-aws.adc-e.uk', 'eu-isoe-west-1', unlisted],
    ['aws-iso-e', 'sts-fips.eu-isoe-west-1.api.cloud-aws.adc-e.uk', 'eu-isoe-west-1', unlisted],
    ['aws-iso-e', 'sts.eu-isoe-east-1.cloud.adc-e.uk', 'eu-isoe-east-1', unlisted],

    ['aws-iso-f', 'sts.us-isof-south-1.csp.hci.ic.gov', 'us-isof-south-1', listed],
    ['aws-iso-f', 'sts-fips.us-isof-east-1.csp.hci.ic.gov', 'us-isof-east-1', unlisted],
    ['aws-iso-f', 'sts.us-isof-east-1.api.aws.hci.ic.gov', 'us-isof-east-1', unlisted],
    ['aws-iso-f', 'sts-fips.us-isof-east-1.api.aws.hci.ic.gov', 'us-isof-east-1', unlisted],
    ['aws-iso-f', 'sts.us-isof-north-1.csp.hci.ic.gov', 'us-isof-north-1', unlisted],

    ['aws-us-gov', 'sts.us-gov-west-1.amazonaws.com', 'us-gov-west-1', listed],
    ['aws-us-gov', 'sts.us-gov-east-1.api.aws', 'us-gov-east-1', listed],
    ['aws-us-gov', 'sts-fips.us-gov-east-1.api.aws', 'us-gov-east-1', listed],
    ['aws-us-gov', 'sts.us-gov-south-1.amazonaws.com', 'us-gov-south-1', unlisted],
    ['aws-us-gov', 'sts-fips.us-gov-south-1.api.aws', 'us-gov-south-1', unlisted],
  ])('%s takes %s', (partition, host, region, listed) => {
    expect(createEndpointResolver({ partition })(host)).toEqual({ host, region, listed });
  });

  test.each(PARTITIONS.map(({ id }) => id))(
    '%s lists the regional host of every region in the table',
    (id) => {
      const partition = PARTITIONS.find((each) => each.id === id)!;
      const resolve = createEndpointResolver({ partition: id });
      for (const region of partition.regions.split(' ')) {
        const host = `sts.${region}.${partition.dnsSuffix}`;
        expect(resolve(host)).toEqual({ host, region, listed: true });
        expect(partitionOf(region)).toBe(id);
      }
    },
  );
});

describe('hosts that are no STS endpoint', () => {
  const label = 'a'.repeat(56);
  test.each<[string, PartitionId, string]>([
    ['nothing', 'aws', ''],
    ['upper case', 'aws', 'STS.us-east-1.amazonaws.com'],
    ['an upper-case region', 'aws', 'sts.US-EAST-1.amazonaws.com'],
    ['an upper-case letter in an unlisted region', 'aws', 'sts.us-eaSt-9.amazonaws.com'],
    ['upper case in the global host', 'aws', 'sts.amazonaws.COM'],
    ['a trailing dot', 'aws', 'sts.us-east-1.amazonaws.com.'],
    ['a trailing dot on the global host', 'aws', 'sts.amazonaws.com.'],
    ['a leading dot', 'aws', '.sts.us-east-1.amazonaws.com'],
    ['an empty label', 'aws', 'sts..us-east-1.amazonaws.com'],
    ['an empty region', 'aws', 'sts..amazonaws.com'],
    ['FIPS with an empty region', 'aws', 'sts-fips..amazonaws.com'],
    ['a global FIPS host', 'aws', 'sts-fips.amazonaws.com'],
    ['a global dual-stack host', 'aws', 'sts.api.aws'],
    ['the bare domain', 'aws', 'amazonaws.com'],
    ['a region alone', 'aws', 'sts.us-east-1'],
    ['an underscore, which \\w would take', 'aws', 'sts.us-ea_st-1.amazonaws.com'],
    ['a Cyrillic letter', 'aws', 'sts.us-e\u0430st-1.amazonaws.com'],
    ['a fullwidth letter that a URL parser folds', 'aws', '\uff53ts.us-east-1.amazonaws.com'],
    ['an ideographic full stop that a URL parser folds', 'aws', 'sts.us-east-1\u3002amazonaws.com'],
    ['an Arabic digit', 'aws', 'sts.us-east-\u0661.amazonaws.com'],
    ['a soft hyphen that a URL parser drops', 'aws', 'sts.us-east-1.amazon\u00adaws.com'],
    ['a null byte', 'aws', 'sts.us-east-1.amazonaws.com\0'],
    ['a line feed at the end, which $ could take', 'aws', 'sts.us-east-1.amazonaws.com\n'],
    ['a line feed after the region', 'aws', 'sts.us-east-9\n.amazonaws.com'],
    ['leading white space', 'aws', ' sts.us-east-1.amazonaws.com'],
    ['a port', 'aws', 'sts.us-east-1.amazonaws.com:443'],
    ['user info', 'aws', 'sts.us-east-1.amazonaws.com@evil.com'],
    ['a path', 'aws', 'sts.us-east-1.amazonaws.com/evil'],
    ['a fragment', 'aws', 'evil.com#sts.us-east-1.amazonaws.com'],
    ['a percent escape', 'aws', 'sts%2eus-east-1.amazonaws.com'],
    ['another service in place of the region', 'aws', 'sts.s3.amazonaws.com'],
    ['a bucket named sts', 'aws', 'sts.s3.us-east-1.amazonaws.com'],
    ['a bucket website named sts', 'aws', 'sts.s3-website-us-east-1.amazonaws.com'],
    ['a load balancer', 'aws', 'sts.us-east-1.elb.amazonaws.com'],
    ['an instance name', 'aws', 'sts.compute-1.amazonaws.com'],
    ['another service', 'aws', 'ec2.us-east-1.amazonaws.com'],
    ['a service beginning with sts', 'aws', 'stsx.us-east-1.amazonaws.com'],
    ['a made-up variant', 'aws', 'sts-dev.us-east-1.amazonaws.com'],
    ['a VPC endpoint nobody configured', 'aws', 'vpce-0a1b-2c3d.sts.us-east-1.vpce.amazonaws.com'],
    ['a private VPC suffix', 'aws', 'sts.us-east-1.vpce.amazonaws.com'],
    ['a foreign suffix after ours', 'aws', 'sts.us-east-1.amazonaws.com.evil.com'],
    ['a foreign suffix', 'aws', 'sts.us-east-1.evil.com'],
    ['a look-alike suffix', 'aws', 'sts.us-east-1.xamazonaws.com'],
    ['a dash for the dot', 'aws', 'sts.us-east-1-amazonaws.com'],
    ['a foreign prefix', 'aws', 'evil.sts.us-east-1.amazonaws.com'],
    ['a pseudo region', 'aws', 'sts.aws-global.amazonaws.com'],
    ['a pseudo region of the endpoint data', 'aws', 'sts.us-east-1-fips.amazonaws.com'],
    ['a region of no continent', 'aws', 'sts.xx-east-1.amazonaws.com'],
    ['a region without a number', 'aws', 'sts.us-east.amazonaws.com'],
    ['a zone', 'aws', 'sts.us-east-1a.amazonaws.com'],
    ['a region longer than a DNS label', 'aws', `sts.us-${label}-9000.amazonaws.com`],
    ['a region of 8,000 characters', 'aws', `sts.us-${'a'.repeat(8000)}-1.amazonaws.com`],
    ['a member of every object', 'aws', '__proto__'],
    ['a member of every object as region', 'aws', 'sts.constructor.amazonaws.com'],
    ['a us-gov region in aws', 'aws', 'sts.us-gov-west-1.amazonaws.com'],
    ['a us-gov region in aws, dual-stack', 'aws', 'sts-fips.us-gov-west-1.api.aws'],
    ['an aws region in us-gov', 'aws-us-gov', 'sts.us-east-1.amazonaws.com'],
    ['an aws region in us-gov, dual-stack', 'aws-us-gov', 'sts.us-east-1.api.aws'],
    ['the global host in us-gov', 'aws-us-gov', 'sts.amazonaws.com'],
    ['a FIPS name where regional names are FIPS', 'aws-us-gov', 'sts-fips.us-gov-west-1.amazonaws.com'],
    ['the global host in aws-cn', 'aws-cn', 'sts.amazonaws.com'],
    ['a global host of aws-cn', 'aws-cn', 'sts.amazonaws.com.cn'],
    ['a region of aws-cn under the domain of aws', 'aws-cn', 'sts.cn-north-1.amazonaws.com'],
    ['a region of aws under the domain of aws-cn', 'aws-cn', 'sts.us-east-1.amazonaws.com.cn'],
    ['a region of aws-cn in aws', 'aws', 'sts.cn-north-1.amazonaws.com.cn'],
    ['the domain of aws-cn in aws', 'aws', 'sts.us-east-1.amazonaws.com.cn'],
    ['a country that aws-eusc does not have', 'aws-eusc', 'sts.eusc-fr-east-1.amazonaws.eu'],
    ['a region of aws-iso-b in aws-iso', 'aws-iso', 'sts.us-isob-east-1.c2s.ic.gov'],
    ['the domain of aws-iso-f in aws-iso', 'aws-iso', 'sts.us-iso-east-1.csp.hci.ic.gov'],
  ])('%s (%s)', (_attack, partition, host) => {
    expect(createEndpointResolver({ partition })(host)).toMatchObject({ ok: false, code: 'host_not_sts' });
  });

  test.each<[name: string, make: (size: number) => string]>([
    ['dashes', (size) => `sts.us-${fill('-a', size)}`],
    ['digits in the region', (size) => `sts.${fill('1-', size)}.amazonaws.com`],
    ['dots', (size) => fill('.', size)],
  ])('a long hostile name is refused in linear time: %s', async (_, make) => {
    const resolve = createEndpointResolver();
    await expectLinear((size) => {
      expect(resolve(make(size))).toMatchObject({ ok: false, code: 'host_not_sts' });
    });
  });
});

describe('narrowing', () => {
  const ok = 'ok';
  const cases: [EndpointOptions, [string, string][]][] = [
    [
      { regions: ['eu-west-1', 'eu-north-7'] },
      [
        ['sts.eu-west-1.amazonaws.com', ok],
        ['sts.eu-west-1.api.aws', ok],
        ['sts-fips.eu-west-1.amazonaws.com', ok],
        ['sts.eu-north-7.amazonaws.com', ok],
        ['sts.eu-west-2.amazonaws.com', 'region_not_allowed'],
        ['sts-fips.us-east-1.amazonaws.com', 'region_not_allowed'],
        ['sts.eu-west-2.api.aws', 'region_not_allowed'],
        ['sts.eu-north-8.amazonaws.com', 'region_not_allowed'],
        ['sts.amazonaws.com', 'region_not_allowed'],
        ['sts.s3.amazonaws.com', 'host_not_sts'],
      ],
    ],
    [
      { regions: ['us-east-1'] },
      [
        ['sts.amazonaws.com', ok],
        ['sts.us-east-1.amazonaws.com', ok],
        ['sts.us-east-2.amazonaws.com', 'region_not_allowed'],
      ],
    ],
    [
      { globalEndpoint: false },
      [
        ['sts.amazonaws.com', 'global_endpoint_disabled'],
        ['sts.us-east-1.amazonaws.com', ok],
      ],
    ],
    [{ globalEndpoint: false, regions: ['eu-west-1'] }, [['sts.amazonaws.com', 'global_endpoint_disabled']]],
    [{ globalEndpoint: false, partition: 'aws-cn' }, [['sts.amazonaws.com', 'host_not_sts']]],
    [
      { partition: 'aws-us-gov', regions: ['us-gov-east-1'] },
      [
        ['sts.us-gov-east-1.amazonaws.com', ok],
        ['sts-fips.us-gov-west-1.api.aws', 'region_not_allowed'],
      ],
    ],
  ];
  const rows = cases.flatMap(([options, hosts]) =>
    hosts.map(([host, answer]) => ({ options, host, answer, setting: JSON.stringify(options) })),
  );
  test.each(rows)('$setting: $host is $answer', ({ options, host, answer }) => {
    const resolved = createEndpointResolver(options)(host);
    expect('ok' in resolved ? resolved.code : ok).toBe(answer);
  });
});

describe('extra hosts', () => {
  const vpce = { host: 'vpce-0a1b-2c3d.sts.eu-west-1.vpce.amazonaws.com', region: 'eu-west-1' };

  test.each<[string, EndpointOptions, { host: string; region: string }]>([
    ['a VPC endpoint', { hosts: [vpce] }, vpce],
    ['outside the narrowed regions', { regions: ['us-east-1'], hosts: [vpce] }, vpce],
    ['with no region besides', { regions: [], hosts: [vpce] }, vpce],
    ['with the global endpoint off', { globalEndpoint: false, hosts: [vpce] }, vpce],
    [
      'a region newer than the table',
      { hosts: [{ host: 'sts.eu-north-7.amazonaws.com', region: 'eu-north-7' }] },
      { host: 'sts.eu-north-7.amazonaws.com', region: 'eu-north-7' },
    ],
    [
      'a name of one label',
      { partition: 'aws-iso', hosts: [{ host: 'sts', region: 'us-iso-east-1' }] },
      { host: 'sts', region: 'us-iso-east-1' },
    ],
  ])('%s is listed', (_what, options, { host, region }) => {
    expect(createEndpointResolver(options)(host)).toEqual({ host, region, listed: true });
  });

  test.each([`${vpce.host}.`, `x.${vpce.host}`, vpce.host.toUpperCase(), vpce.host.slice(1)])(
    'only the exact name counts: not %s',
    (host) => {
      expect(createEndpointResolver({ hosts: [vpce] })(host)).toMatchObject({ code: 'host_not_sts' });
    },
  );
});

describe('settings that cannot work', () => {
  const at = (host: string, region = 'us-east-1'): EndpointOptions => ({ hosts: [{ host, region }] });

  test.each<[string, EndpointOptions, string, string]>([
    ['an unknown partition', { partition: 'aws-moon' as PartitionId }, 'partition', 'Use one of aws, aws-cn'],
    ['a member of every object', { partition: 'constructor' as PartitionId }, 'partition', 'Use one of'],
    ['a region of another partition', { regions: ['cn-north-1'] }, 'regions', 'Set partition to aws-cn'],
    ['a region of none', { regions: ['us-east-1', 'frankfurt'] }, 'regions', 'Use a name such as af-south-1'],
    ['an upper-case region', { regions: ['US-EAST-1'] }, 'regions', 'Use a name such as'],
    ['an empty region', { regions: [''] }, 'regions', 'Use a name such as'],
    ['no region at all', { regions: [] }, 'regions', 'Leave it out'],
    ['a URL as host', at('https://sts.example.com'), 'hosts[0].host', 'Give the name alone'],
    ['a host with a port', at('sts.example.com:8443'), 'hosts[0].host', 'Give the name alone'],
    ['a host with a path', at('sts.example.com/'), 'hosts[0].host', 'Give the name alone'],
    ['an upper-case host', at('STS.example.com'), 'hosts[0].host', 'lower case'],
    ['a host with a trailing dot', at('sts.example.com.'), 'hosts[0].host', 'trailing dot'],
    ['a host with an empty label', at('sts..example.com'), 'hosts[0].host', 'Give the name alone'],
    ['a host with an underscore', at('my_sts.example.com'), 'hosts[0].host', 'Give the name alone'],
    ['a host with a wildcard', at('*.example.com'), 'hosts[0].host', 'Give the name alone'],
    ['a host with a hyphen at an end', at('sts-.example.com'), 'hosts[0].host', 'Give the name alone'],
    ['an IPv4 address', at('10.0.0.1'), 'hosts[0].host', 'Give the name alone'],
    ['a number that a URL parser makes an address', at('10.1'), 'hosts[0].host', 'Give the name alone'],
    ['an empty host', at(''), 'hosts[0].host', 'Give the name alone'],
    ['a label of 64 characters', at(`${'a'.repeat(64)}.example.com`), 'hosts[0].host', 'Give the name alone'],
    ['a name of 254 characters', at(`${'a.'.repeat(126)}ab`), 'hosts[0].host', 'Give the name alone'],
    ['a host for another partition', at('sts.example.com', 'us-gov-west-1'), 'hosts[0].region', 'aws-us-gov'],
    ['a host without a region', at('sts.example.com', ''), 'hosts[0].region', 'Use a name such as'],
    [
      'an STS endpoint with another region',
      at('sts.eu-west-1.amazonaws.com'),
      'hosts[0].region',
      'Use eu-west-1',
    ],
    [
      'the global host with another region',
      at('sts.amazonaws.com', 'eu-west-1'),
      'hosts[0].region',
      'Use us-east-1',
    ],
    [
      'one host with two regions',
      {
        hosts: [
          { host: 'sts.example.com', region: 'us-east-1' },
          { host: 'sts.example.com', region: 'us-east-2' },
        ],
      },
      'hosts[1].region',
      'Use us-east-1',
    ],
  ])('%s', (_mistake, options, setting, fix) => {
    const error = thrown(() => createEndpointResolver(options));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: 'configuration', setting, message: expect.stringContaining(fix) });
  });
});

describe('stsHost', () => {
  test.each<[string, StsHostOptions, string]>([
    ['us-east-1', {}, 'sts.us-east-1.amazonaws.com'],
    ['us-east-1', { global: true }, 'sts.amazonaws.com'],
    ['us-east-1', { fips: true }, 'sts-fips.us-east-1.amazonaws.com'],
    ['eu-west-1', { dualStack: true }, 'sts.eu-west-1.api.aws'],
    ['us-west-2', { fips: true, dualStack: true }, 'sts-fips.us-west-2.api.aws'],
    ['eu-north-7', {}, 'sts.eu-north-7.amazonaws.com'],
    ['cn-north-1', { dualStack: true }, 'sts.cn-north-1.api.amazonwebservices.com.cn'],
    ['eusc-de-east-1', {}, 'sts.eusc-de-east-1.amazonaws.eu'],
    ['us-gov-west-1', { fips: true }, 'sts.us-gov-west-1.amazonaws.com'],
    ['us-gov-west-1', { fips: true, dualStack: true }, 'sts-fips.us-gov-west-1.api.aws'],
    ['us-isof-south-1', {}, 'sts.us-isof-south-1.csp.hci.ic.gov'],
  ])('%s with %o is %s', (region, options, host) => {
    expect(stsHost(region, options)).toBe(host);
  });

  test.each<[string, StsHostOptions, string]>([
    ['', {}, 'region'],
    ['aws-global', {}, 'region'],
    ['us-east-1.evil.com/', {}, 'region'],
    ['us-east-1\n', {}, 'region'],
    ['eu-west-1', { global: true }, 'global'],
    ['cn-north-1', { global: true }, 'global'],
    ['us-east-1', { global: true, fips: true }, 'global'],
    ['us-east-1', { global: true, dualStack: true }, 'global'],
  ])('%j with %o throws', (region, options, setting) => {
    const error = thrown(() => stsHost(region, options));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ setting });
  });

  test('gives only names that the resolver of the same partition takes, for the same region', () => {
    for (const { id, regions } of PARTITIONS) {
      const resolve = createEndpointResolver({ partition: id });
      for (const region of regions.split(' ')) {
        for (const fips of [false, true]) {
          for (const dualStack of [false, true]) {
            expect(resolve(stsHost(region, { fips, dualStack }))).toMatchObject({ region });
          }
        }
      }
    }
  });
});

describe('partitionOf', () => {
  test.each<[string, PartitionId | undefined]>([
    ['us-east-1', 'aws'],
    ['il-central-1', 'aws'],
    ['eu-north-7', 'aws'],
    ['cn-northwest-1', 'aws-cn'],
    ['eusc-de-east-1', 'aws-eusc'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['us-gov-east-1', 'aws-us-gov'],
    ['aws-global', undefined],
    ['us-east-1a', undefined],
    ['us_east_1', undefined],
    ['us-ea_st-1', undefined],
    ['US-EAST-1', undefined],
    ['', undefined],
  ])('%j is of %s', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
  });
});
