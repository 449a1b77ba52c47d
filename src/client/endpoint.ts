/**
 * The STS endpoint that a client signs for, which is the one that the verifier will ask.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { isHostName, stsHost } from '../sts/endpoints.ts';
import type { Endpoint } from '../token/endpoint.ts';

/** Which endpoint of STS a token is signed for: that of a region, or another name of it. */
export interface ClientEndpointOptions {
  /** The AWS region whose STS is to be asked, such as `eu-west-1`. */
  readonly region: string;
  /** Its FIPS endpoint. Default false. */
  readonly fips?: boolean;
  /** Its dual-stack endpoint. Default false. */
  readonly dualStack?: boolean;
  /**
   * Another name of STS in that region, such as that of a VPC endpoint; the verifier has to accept it. `fips` and
   * `dualStack` say nothing of it. Default: the region's own.
   */
  readonly host?: string;
}

/** @throws {ConfigurationError} where there is no such region, and for a host that is no plain name. */
export function clientEndpoint(options: ClientEndpointOptions): Pick<Endpoint, 'host' | 'region'> {
  const { region, fips = false, dualStack = false } = options;
  const regional = stsHost(`${region}`, { fips, dualStack }); // whatever the host, so that the region is one
  const { host = regional } = options;
  if (isHostName(host)) return { host, region };
  throw new ConfigurationError(
    'host',
    'not a plain DNS name in lower case',
    'Give the name alone, without scheme, port, path or trailing dot.',
  );
}
