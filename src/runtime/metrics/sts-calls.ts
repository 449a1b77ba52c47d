/**
 * Counting calls to STS.
 *
 * @module
 */
import { createEndpointResolver, type EndpointOptions } from '../../sts/endpoints.ts';
import type { StsCalls } from '../verifiers.ts';
import type { Meters } from './meters.ts';

/** Of a host that is not listed, which the caller may have made up. */
const unlisted = 'unlisted';

/** Makes what calls STS as anybody does, and counts. No call is another for that. */
export function countedStsCalls(endpoints: EndpointOptions, { count, observe }: Meters): Required<StsCalls> {
  const resolve = createEndpointResolver(endpoints);
  const regionOf = (host: string): string => {
    const found = resolve(host);
    return 'listed' in found && found.listed ? found.region : unlisted;
  };
  return {
    async fetch(url, init) {
      const region = regionOf(new URL(String(url)).host);
      try {
        const response = await fetch(url, init);
        count('aws_iam_authenticator_sts_responses_total', String(response.status), region);
        return response;
      } catch (error) {
        count('aws_iam_authenticator_sts_connection_failures_total', region);
        throw error;
      }
    },
    onStsCall({ endpoint, outcome, code, durationMs }) {
      const host = endpoint.listed ? endpoint.host : unlisted;
      count('callerid_sts_calls_total', host, code ?? outcome);
      observe('callerid_sts_call_duration_seconds', durationMs, host);
      const region = endpoint.listed ? endpoint.region : unlisted;
      if (outcome === 'throttled') count('aws_iam_authenticator_sts_throttling_total', region);
    },
  };
}
