/**
 * What the grammar has to know of an STS endpoint. The table itself is in `sts/`.
 *
 * @module
 */
import type { Refused } from '../errors/refusal.ts';

/** An STS endpoint that a token may name. */
export interface Endpoint {
  /** As signed, in lower case; never rewritten. */
  readonly host: string;
  /** The region that a signature for this host names. */
  readonly region: string;
  /**
   * Whether the host is in the table or was configured, so that its failures are outages of STS. The name of an
   * unlisted host is the caller's choice: its failures refuse the token.
   */
  readonly listed: boolean;
}

/** Finds the endpoint of a host name, or says why there is none. The input is whatever a caller wrote. */
export type EndpointResolver = (
  host: string,
) => Endpoint | Refused<'host_not_sts' | 'region_not_allowed' | 'global_endpoint_disabled'>;
