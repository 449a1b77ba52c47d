/**
 * What a build may leave out, where it is left out: whoever sets it is told so, since it would be without effect.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import type { PartReaders } from './webhook-settings.ts';

const deploy = 'Deploy src/runtime/cloudflare.ts; or remove the settings of';

/** Take no setting of any part. */
export const leftOut: PartReaders = {
  readAdmin: ({ CALLERID_ADMIN_AUDIENCE, CALLERID_ADMIN_SECRET_SHA256 }) => {
    if (CALLERID_ADMIN_AUDIENCE === undefined && CALLERID_ADMIN_SECRET_SHA256 === undefined) return undefined;
    throw noAdmin();
  },
  readIssuer: ({ CALLERID_ISSUER, CALLERID_SIGNING_KEYS }, clusters) => {
    const issues = clusters.some(({ tokenAudience }) => tokenAudience !== undefined);
    if (CALLERID_ISSUER === undefined && CALLERID_SIGNING_KEYS === undefined && !issues) return undefined;
    throw noIssuer();
  },
  readAwsJwtIssuers: (_, setting) => {
    throw noJwts(setting);
  },
};

export function noAdmin(): ConfigurationError {
  return new ConfigurationError(
    'CALLERID_ADMIN_AUDIENCE',
    'this build has no admin API',
    `${deploy} the admin API.`,
  );
}

export function noIssuer(): ConfigurationError {
  return new ConfigurationError('CALLERID_ISSUER', 'this build has no issuer', `${deploy} the issuer.`);
}

export function noJwts(setting: string): ConfigurationError {
  return new ConfigurationError(setting, 'this build takes no JWTs', `${deploy} JWTs.`);
}
