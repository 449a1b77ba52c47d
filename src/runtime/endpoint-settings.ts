/**
 * The settings of the STS endpoints that a deployment takes.
 *
 * @module
 */
import * as v from 'valibot';
import { ConfigurationError } from '../errors/classes.ts';
import { createEndpointResolver, type EndpointOptions } from '../sts/endpoints.ts';
import { flag, words } from './values.ts';
import { checkVariables } from './variable-names.ts';

/** Their variables. */
export const endpointVariables = {
  CALLERID_PARTITION: v.optional(v.string()),
  CALLERID_REGIONS: v.optional(words),
  CALLERID_GLOBAL_ENDPOINT: v.optional(flag, 'true'),
  CALLERID_STS_HOSTS: v.optional(words),
};

/** The variables, read. */
export type EndpointValues = v.InferOutput<v.ObjectSchema<typeof endpointVariables, undefined>>;

const variableOf: Readonly<Record<string, string>> = {
  partition: 'CALLERID_PARTITION',
  regions: 'CALLERID_REGIONS',
  hosts: 'CALLERID_STS_HOSTS',
};

/** @throws {ConfigurationError} */
export function readEndpoints(values: EndpointValues): EndpointOptions {
  const hosts = values.CALLERID_STS_HOSTS?.map((pair) => {
    const [host = '', region = '', ...rest] = pair.split('=');
    if (region !== '' && rest.length === 0) return { host, region };
    throw new ConfigurationError(
      'CALLERID_STS_HOSTS',
      'not of the form host=region,…',
      'Name the signing region of each host.',
    );
  });
  const options = {
    ...(values.CALLERID_PARTITION === undefined ? {} : { partition: values.CALLERID_PARTITION }),
    ...(values.CALLERID_REGIONS === undefined ? {} : { regions: values.CALLERID_REGIONS }),
    ...(hosts === undefined ? {} : { hosts }),
    globalEndpoint: values.CALLERID_GLOBAL_ENDPOINT,
  } as EndpointOptions;
  checkVariables(variableOf, () => createEndpointResolver(options));
  return options;
}
