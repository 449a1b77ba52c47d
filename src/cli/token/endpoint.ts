/**
 * The STS endpoint that is signed for: the one that the AWS CLI would take for the same settings.
 *
 * @module
 */
import { stsHost } from '../../sts/endpoints.ts';
import type { Endpoint } from '../../token/endpoint.ts';
import { usageError } from '../exit-codes.ts';
import type { Profile } from './profile.ts';

export interface EndpointFlags {
  readonly region?: string;
  readonly fips?: boolean;
  readonly dualStack?: boolean;
}

/** Where a signature is for, and how it was chosen. */
export interface ChosenEndpoint extends Pick<Endpoint, 'host' | 'region'> {
  /** The region asked for; the global endpoint signs for us-east-1 whatever it is. */
  readonly askedRegion: string;
  readonly fips: boolean;
  readonly dualStack: boolean;
}

/**
 * The regions that `legacy` leads to the global endpoint (botocore, data/sts/2011-06-15/endpoint-rule-set-1.json,
 * UseGlobalEndpoint). Regions that came later have their own endpoint only.
 */
const legacyRegions = new Set(
  (
    'ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-west-1 ' +
    'eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2'
  ).split(' '),
);

/** @throws where no region is set anywhere, or it is none */
export function readEndpoint(flags: EndpointFlags, env: NodeJS.ProcessEnv, profile: Profile): ChosenEndpoint {
  const setting = (variable: string, key: string) => env[variable] || profile.settings.get(key);
  const askedRegion =
    flags.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || profile.settings.get('region'));
  if (!askedRegion) {
    throw usageError('no AWS region', 'give --region, or set AWS_REGION, or region in the profile');
  }
  const fips = flags.fips ?? isTrue(setting('AWS_USE_FIPS_ENDPOINT', 'use_fips_endpoint'));
  const dualStack =
    flags.dualStack ?? isTrue(setting('AWS_USE_DUALSTACK_ENDPOINT', 'use_dualstack_endpoint'));
  const legacy = isLegacy(setting('AWS_STS_REGIONAL_ENDPOINTS', 'sts_regional_endpoints'));
  const global = legacy && !fips && !dualStack && legacyRegions.has(askedRegion);
  const region = global ? 'us-east-1' : askedRegion;
  return { host: stsHost(region, { fips, dualStack, global }), region, askedRegion, fips, dualStack };
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

function isLegacy(value: string | undefined): boolean {
  if (!value || value === 'regional') return false;
  if (value === 'legacy') return true;
  throw usageError(
    'AWS_STS_REGIONAL_ENDPOINTS is neither regional nor legacy',
    'set it to one of them, or unset it',
  );
}
