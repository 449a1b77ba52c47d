/**
 * Choosing STS endpoints: those that a deployment takes, and the one to sign for.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { assertKnownOptions } from '../lib/options.ts';
import {
  endpointsOf,
  isRegionOf,
  regionalHost,
  regionOfHost,
  type SigningHost,
  type StsEndpoints,
} from './endpoint-table.ts';
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
  readonly hosts?: readonly SigningHost[];
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
 * resolve('sts.s3.amazonaws.com');        // { ok: false, code: 'host_not_sts' }
 * ```
 *
 * @throws {ConfigurationError} when an option cannot work; the message names the fix.
 */
export function createEndpointResolver(options: EndpointOptions = {}): StsEndpoints {
  assertKnownOptions(options, 'partition regions globalEndpoint hosts');
  const { regions, globalEndpoint = true, hosts = [] } = options;
  const partition = partitionNamed(options.partition ?? 'aws');
  const allowed = regions && new Set(regions);
  checkRegions(partition, allowed, hosts.length > 0);
  const { global } = partition;
  const taken = new Map(global && [[global.host, global.region]]);
  for (const [index, { host, region }] of hosts.entries()) {
    checkHost(partition, host, region, `hosts[${index}]`, taken.get(host));
    taken.set(host, region);
  }
  return endpointsOf(partition, { allows: (region) => allowed?.has(region) ?? true, globalEndpoint, hosts });
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

/** Labels of letters, digits and inner hyphens, the last one no number. */
const dnsName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether this is a plain DNS name in lower case, which a URL parser leaves as it is. */
export function isHostName(host: string): boolean {
  return host.length <= 253 && dnsName.test(host);
}

function checkHost(
  partition: Partition,
  host: string,
  region: string,
  setting: string,
  taken?: string,
): void {
  if (!isHostName(host)) {
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
