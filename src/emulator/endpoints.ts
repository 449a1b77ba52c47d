/**
 * Which hosts are STS, and which region each of them belongs to.
 *
 * Kept apart from callerid's own table on purpose: a mistake in one must not hide in the other.
 *
 * @module
 */

/** A partition of AWS, by the name that its ARNs carry. */
export type PartitionName =
  | 'aws'
  | 'aws-cn'
  | 'aws-us-gov'
  | 'aws-iso'
  | 'aws-iso-b'
  | 'aws-iso-e'
  | 'aws-iso-f'
  | 'aws-eusc';

interface Partition {
  readonly domain: string;
  readonly dualStackDomain: string;
  readonly regionShape: RegExp;
  /** Domains under which `sts-fips.<region>` exists. */
  readonly fipsDomains: readonly string[];
}

/** Suffixes and region shapes as in botocore's `partitions.json` and its STS endpoint rules. */
const partitions: Readonly<Record<PartitionName, Partition>> = {
  aws: {
    domain: 'amazonaws.com',
    dualStackDomain: 'api.aws',
    regionShape: /^(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+$/,
    fipsDomains: ['amazonaws.com', 'api.aws'],
  },
  'aws-cn': {
    domain: 'amazonaws.com.cn',
    dualStackDomain: 'api.amazonwebservices.com.cn',
    regionShape: /^cn-[a-z]+-\d+$/,
    fipsDomains: [],
  },
  'aws-us-gov': {
    domain: 'amazonaws.com',
    dualStackDomain: 'api.aws',
    regionShape: /^us-gov-[a-z]+-\d+$/,
    fipsDomains: ['api.aws'],
  },
  'aws-iso': {
    domain: 'c2s.ic.gov',
    dualStackDomain: 'api.aws.ic.gov',
    regionShape: /^us-iso-[a-z]+-\d+$/,
    fipsDomains: [],
  },
  'aws-iso-b': {
    domain: 'sc2s.sgov.gov',
    dualStackDomain: 'api.aws.scloud',
    regionShape: /^us-isob-[a-z]+-\d+$/,
    fipsDomains: [],
  },
  'aws-iso-e': {
    domain: 'cloud.adc-e.uk',
    dualStackDomain: 'api.cloud-aws.adc-e.uk',
    regionShape: /^eu-isoe-[a-z]+-\d+$/,
    fipsDomains: [],
  },
  'aws-iso-f': {
    domain: 'csp.hci.ic.gov',
    dualStackDomain: 'api.aws.hci.ic.gov',
    regionShape: /^us-isof-[a-z]+-\d+$/,
    fipsDomains: [],
  },
  'aws-eusc': {
    domain: 'amazonaws.eu',
    dualStackDomain: 'api.amazonwebservices.eu',
    regionShape: /^eusc-de-[a-z]+-\d+$/,
    fipsDomains: [],
  },
};

const globalHost = 'sts.amazonaws.com';

/**
 * The region whose credential scope STS expects at a host.
 *
 * @param host value of the `Host` header; a port is ignored
 * @param extraHosts further hosts (a VPC endpoint, a loopback name) with their regions
 * @returns the region, or `undefined` when the partition has no STS at this host
 */
export function regionOfHost(
  host: string,
  partition: PartitionName,
  extraHosts: Readonly<Record<string, string>> = {},
): string | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, '');
  if (Object.hasOwn(extraHosts, name)) return extraHosts[name];
  if (partition === 'aws' && name === globalHost) return 'us-east-1';

  const parts = /^(sts|sts-fips)\.([a-z0-9-]+)\.(.+)$/.exec(name);
  if (parts === null) return undefined;
  const [, service, region = '', domain = ''] = parts;
  const { domain: plain, dualStackDomain, regionShape, fipsDomains } = partitions[partition];
  const domains = service === 'sts-fips' ? fipsDomains : [plain, dualStackDomain];
  return domains.includes(domain) && regionShape.test(region) ? region : undefined;
}
