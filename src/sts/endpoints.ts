/**
 * Which hosts are STS endpoints: names built from botocore's table and compared whole, never normalised.
 *
 * The rules are those of botocore's endpoint data for STS (`data/endpoints.json`, `data/partitions.json` and
 * `data/sts/2011-06-15/endpoint-rule-set-1.json`).
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { refuse } from '../errors/token.ts';
import type { Endpoint, EndpointResolver } from '../token/endpoint.ts';
import { PARTITIONS, type Partition, type PartitionId } from './partitions.ts';

export type { PartitionId } from './partitions.ts';

/** Which STS endpoints a deployment takes. */
export interface EndpointOptions {
  /** The AWS partition; endpoints of any other are no STS endpoints here. Default `aws`. */
  readonly partition?: PartitionId;
  /** The only regions to take; the global endpoint counts as us-east-1. Default: every region of the partition. */
  readonly regions?: readonly string[];
  /** Whether to take `sts.amazonaws.com`, which only the partition `aws` has. Default `true`. */
  readonly globalEndpoint?: boolean;
  /**
   * Exact hosts to take besides, whatever `regions` says: VPC endpoints, each with the region its signatures name.
   * The host of a region newer than the table may be added too, so that its failures count as outages of STS.
   */
  readonly hosts?: readonly { readonly host: string; readonly region: string }[];
}

/** Which of a region's endpoints {@link stsHost} names. */
export interface StsHostOptions {
  readonly fips?: boolean;
  readonly dualStack?: boolean;
  /** The endpoint without a region in its name; its signatures name us-east-1, so only that region has it. */
  readonly global?: boolean;
}

/**
 * Makes the resolver of a deployment: host name in, endpoint or refusal out.
 *
 * A name of the table or of `hosts` comes out with `listed: true`. Another name of an endpoint's exact form, whose
 * region has the partition's own shape (botocore's `regionRegex`), is taken with `listed: false`: a new region needs
 * no release of callerid, and as the name is the caller's choice, its failures are no outage of STS.
 *
 * @example
 * ```ts
 * const resolve = createEndpointResolver({ partition: 'aws', regions: ['eu-west-1'] });
 * resolve('sts.eu-west-1.amazonaws.com'); // { host: 'sts.eu-west-1.amazonaws.com', region: 'eu-west-1', listed: true }
 * resolve('sts.s3.amazonaws.com');        // { ok: false, code: 'host_not_sts', … }
 * ```
 *
 * @throws {ConfigurationError} when an option cannot work; the message names the fix.
 */
export function createEndpointResolver(options: EndpointOptions = {}): EndpointResolver {
  const { regions, globalEndpoint = true, hosts = [] } = options;
  const partition = partitionNamed(options.partition ?? 'aws');
  const allowed = regions && new Set(regions);
  checkRegions(partition, allowed, hosts.length > 0);

  const allows = (region: string): boolean => allowed?.has(region) ?? true;
  const listed = new Map<string, Endpoint>();
  const list = (host: string, region: string): void => {
    listed.set(host, { host, region, listed: true });
  };
  for (const region of partition.regions.split(' ').filter(allows)) {
    for (const host of listedHosts(partition, region)) list(host, region);
  }
  const { global } = partition;
  if (global && globalEndpoint && allows(global.region)) list(global.host, global.region);
  for (const [index, { host, region }] of hosts.entries()) {
    checkHost(partition, host, region, `hosts[${index}]`, listed.get(host)?.region);
    list(host, region);
  }

  return (host) => {
    const endpoint = listed.get(host);
    if (endpoint) return endpoint;
    if (host === global?.host)
      return refuse(globalEndpoint ? 'region_not_allowed' : 'global_endpoint_disabled');
    const region = regionOfHost(partition, host);
    if (region === undefined) return refuse('host_not_sts');
    return allows(region) ? { host, region, listed: false } : refuse('region_not_allowed');
  };
}

/**
 * The STS host to sign for, as botocore's rule set for STS builds it: any region of a partition's shape, in the table
 * or not. Whether the name resolves is AWS's affair, as with FIPS where the region has none.
 *
 * @example
 * ```ts
 * stsHost('eu-west-1');                       // 'sts.eu-west-1.amazonaws.com'
 * stsHost('us-east-1', { fips: true });       // 'sts-fips.us-east-1.amazonaws.com'
 * stsHost('us-gov-west-1', { fips: true });   // 'sts.us-gov-west-1.amazonaws.com'
 * stsHost('cn-north-1', { dualStack: true }); // 'sts.cn-north-1.api.amazonwebservices.com.cn'
 * ```
 *
 * @throws {ConfigurationError} for a region of no partition, and where there is no such global endpoint.
 */
export function stsHost(region: string, options: StsHostOptions = {}): string {
  const { fips = false, dualStack = false, global = false } = options;
  const partition = partitionWith(region);
  if (!partition) {
    throw new ConfigurationError(
      'region',
      `${quote(region)} is no AWS region`,
      'Use a name such as us-east-1',
    );
  }
  if (!global) return regionalHost(partition, region, fips, dualStack);
  if (partition.global?.region !== region || fips || dualStack) {
    throw new ConfigurationError(
      'global',
      'the global endpoint takes only signatures for us-east-1 and has no FIPS or dual-stack name',
      `Use region us-east-1 without them, or the regional endpoint of ${region}`,
    );
  }
  return partition.global.host;
}

/** The partition whose region shape this name has, whether or not the region is known yet. */
export function partitionOf(region: string): PartitionId | undefined {
  return partitionWith(region)?.id;
}

function partitionWith(region: string): Partition | undefined {
  return PARTITIONS.find((partition) => isRegionOf(partition, region));
}

function partitionNamed(id: string): Partition {
  const found = PARTITIONS.find((partition) => partition.id === id);
  if (found) return found;
  const known = PARTITIONS.map((partition) => partition.id).join(', ');
  throw new ConfigurationError('partition', `${quote(id)} is no AWS partition`, `Use one of ${known}`);
}

/** The length is that of a DNS label. */
function isRegionOf({ regionPattern }: Partition, region: string): boolean {
  return region.length <= 63 && regionPattern.test(region);
}

function regionalHost(partition: Partition, region: string, fips: boolean, dualStack: boolean): string {
  const ownFipsName = fips && (dualStack || !partition.regionalIsFips);
  const suffix = dualStack ? partition.dualStackDnsSuffix : partition.dnsSuffix;
  return `${ownFipsName ? 'sts-fips' : 'sts'}.${region}.${suffix}`;
}

/** A region's plain name, and those with FIPS, with dual-stack and with both, where asked for. */
function regionalHosts(
  partition: Partition,
  region: string,
  withFips: boolean,
  withDualStack: boolean,
): string[] {
  const either = (offered: boolean): boolean[] => (offered ? [false, true] : [false]);
  return either(withDualStack).flatMap((dualStack) =>
    either(withFips).map((fips) => regionalHost(partition, region, fips, dualStack)),
  );
}

/** The names that the endpoint data gives a known region. */
function listedHosts(partition: Partition, region: string): string[] {
  const hasFips = partition.regionalIsFips || partition.fipsRegions.split(' ').includes(region);
  return regionalHosts(partition, region, hasFips, partition.dualStack);
}

/** The region in an endpoint's name, if the whole name is one that this region can have. */
function regionOfHost(partition: Partition, host: string): string | undefined {
  const region = /^sts(?:-fips)?\.([^.]+)\./.exec(host)?.[1];
  if (region === undefined || !isRegionOf(partition, region)) return undefined;
  return regionalHosts(partition, region, true, true).includes(host) ? region : undefined;
}

function checkRegions(partition: Partition, regions: Set<string> | undefined, hasHosts: boolean): void {
  if (regions?.size === 0 && !hasHosts) {
    throw new ConfigurationError('regions', 'the list is empty', 'Leave it out to take every region');
  }
  for (const region of regions ?? []) checkRegion(partition, region, 'regions');
}

function checkRegion(partition: Partition, region: string, setting: string): void {
  if (isRegionOf(partition, region)) return;
  const other = partitionOf(region);
  const example = partition.regions.split(' ')[0];
  throw new ConfigurationError(
    setting,
    `${quote(region)} is no region of partition ${partition.id}`,
    other ? `Set partition to ${other}, or remove the region` : `Use a name such as ${example}`,
  );
}

/** Labels of letters, digits and inner hyphens, the last one no number: a URL parser leaves such a name as it is. */
const dnsName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

function checkHost(
  partition: Partition,
  host: string,
  region: string,
  setting: string,
  taken?: string,
): void {
  if (host.length > 253 || !dnsName.test(host)) {
    throw new ConfigurationError(
      `${setting}.host`,
      `${quote(host)} is no plain DNS name in lower case`,
      'Give the name alone, without scheme, port, path or trailing dot',
    );
  }
  checkRegion(partition, region, `${setting}.region`);
  const signed = taken ?? regionOfHost(partition, host);
  if (signed !== undefined && signed !== region) {
    throw new ConfigurationError(
      `${setting}.region`,
      `signatures for ${quote(host)} name ${signed}, not ${region}`,
      `Use ${signed}, or remove the host`,
    );
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
