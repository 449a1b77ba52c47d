/**
 * Which hosts are STS endpoints: names built from botocore's table and compared whole, never normalised.
 *
 * The rules are those of botocore's endpoint data for STS (`data/endpoints.json`, `data/partitions.json` and
 * `data/sts/2011-06-15/endpoint-rule-set-1.json`).
 *
 * @module
 */
import { refuse } from '../errors/refusal.ts';
import type { Endpoint, EndpointResolver } from '../token/endpoint.ts';
import type { Partition, PartitionId } from './partitions.ts';

/** Finds STS endpoints by the names of their hosts. Made by {@link createEndpointResolver}. */
export type StsEndpoints = EndpointResolver & {
  /** The AWS partition to which all of them belong. */
  readonly partition: PartitionId;
};

/** A host, and the region that signatures for it name. */
export interface SigningHost {
  /** A plain DNS name in lower case, without scheme, port and path. */
  readonly host: string;
  /** Such as `eu-west-1`. */
  readonly region: string;
}

/** Less than all endpoints of a partition, or more. */
export interface Choice {
  readonly allows: (region: string) => boolean;
  readonly globalEndpoint: boolean;
  readonly hosts: readonly SigningHost[];
}

const everything: Choice = { allows: () => true, globalEndpoint: true, hosts: [] };

/** The endpoints of a partition, of which those of the table and of `hosts` are listed. */
export function endpointsOf(
  partition: Partition,
  { allows, globalEndpoint, hosts }: Choice = everything,
): StsEndpoints {
  const listed = new Map<string, Endpoint>();
  const list = (host: string, region: string): void => {
    listed.set(host, { host, region, listed: true });
  };
  for (const region of partition.regions.split(' ').filter(allows)) {
    for (const host of listedHosts(partition, region)) list(host, region);
  }
  const { global } = partition;
  if (global && globalEndpoint && allows(global.region)) list(global.host, global.region);
  for (const { host, region } of hosts) list(host, region);

  const resolve: EndpointResolver = (host) => {
    const endpoint = listed.get(host);
    if (endpoint) return endpoint;
    if (host === global?.host)
      return refuse(globalEndpoint ? 'region_not_allowed' : 'global_endpoint_disabled');
    const region = regionOfHost(partition, host);
    if (region === undefined) return refuse('host_not_sts');
    return allows(region) ? { host, region, listed: false } : refuse('region_not_allowed');
  };
  return Object.assign(resolve, { partition: partition.id });
}

/** The length is that of a DNS label. */
export function isRegionOf({ regionPattern }: Partition, region: string): boolean {
  return region.length <= 63 && regionPattern.test(region);
}

/** The name of an endpoint of a region. */
export function regionalHost(
  partition: Partition,
  region: string,
  fips: boolean,
  dualStack: boolean,
): string {
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
export function regionOfHost(partition: Partition, host: string): string | undefined {
  const region = /^sts(?:-fips)?\.([^.]+)\./.exec(host)?.[1];
  if (region === undefined || !isRegionOf(partition, region)) return undefined;
  return regionalHosts(partition, region, true, true).includes(host) ? region : undefined;
}
