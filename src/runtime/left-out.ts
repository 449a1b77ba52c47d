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
  readAdmin: (values) => {
    const names = ['CALLERID_ADMIN_AUDIENCE', 'CALLERID_ADMIN_SECRET_SHA256'] as const;
    const set = names.find((name) => values[name] !== undefined);
    if (set !== undefined) throw noAdmin(set);
    return undefined;
  },
  readIssuer: (values, clusters) => {
    const names = ['CALLERID_ISSUER', 'CALLERID_SIGNING_KEYS'] as const;
    const set = names.find((name) => values[name] !== undefined);
    if (set !== undefined) throw noIssuer(set);
    const issues = clusters.some(({ tokenAudience }) => tokenAudience !== undefined);
    if (issues) throw noIssuer('CALLERID_TOKEN_AUDIENCE');
    return undefined;
  },
  readAwsJwtIssuers: (_, setting) => {
    throw noJwts(setting);
  },
};

export function noAdmin(setting: string): ConfigurationError {
  return new ConfigurationError(setting, 'this build has no admin API', `${deploy} the admin API.`);
}

export function noIssuer(setting: string): ConfigurationError {
  return new ConfigurationError(setting, 'this build has no issuer', `${deploy} the issuer.`);
}

export function noJwts(setting: string): ConfigurationError {
  return new ConfigurationError(setting, 'this build takes no JWTs', `${deploy} JWTs.`);
}
