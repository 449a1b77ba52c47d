/**
 * The part of the configuration that is for look-ups in EC2. All of it is optional.
 *
 * @module
 */
import * as v from 'valibot';
import { createPrivateDnsNames, type PrivateDnsNamesOptions } from '../ec2/private-dns-names.ts';
import { ConfigurationError } from '../errors/classes.ts';
import { type PartitionId, partitionOf } from '../sts/endpoints.ts';
import { checkVariables } from './variable-names.ts';

/** What look-ups in EC2 need. */
export type Ec2Settings = Pick<PrivateDnsNamesOptions, 'region' | 'credentials' | 'roles'>;

const text = v.optional(v.string());

/** The variables, as they are read. */
export const ec2Variables = {
  CALLERID_EC2_REGION: text,
  CALLERID_EC2_ACCESS_KEY_ID: text,
  CALLERID_EC2_SECRET_ACCESS_KEY: text,
  CALLERID_EC2_SESSION_TOKEN: text,
  CALLERID_EC2_ROLE_ARNS: text,
};

type Values = Readonly<Partial<Record<keyof typeof ec2Variables, string | undefined>>>;

/** What each option is called here. */
const variableOf: Readonly<Record<string, string>> = {
  region: 'CALLERID_EC2_REGION',
  credentials: 'CALLERID_EC2_ACCESS_KEY_ID',
  roles: 'CALLERID_EC2_ROLE_ARNS',
};

/**
 * Reads the settings; undefined where none is given.
 *
 * @throws {ConfigurationError} never with a value in it: they are secrets, or next to some
 */
export function readEc2Settings(values: Values, partition: PartitionId = 'aws'): Ec2Settings | undefined {
  const given = (Object.keys(ec2Variables) as (keyof typeof ec2Variables)[]).find((name) => values[name]);
  if (given === undefined) return undefined;
  const required = (name: keyof typeof ec2Variables): string => {
    const value = values[name];
    if (value) return value;
    throw new ConfigurationError(
      name,
      `not set, though ${given} is`,
      'Set both, or no CALLERID_EC2_ variable.',
    );
  };
  const region = required('CALLERID_EC2_REGION');
  const accessKeyId = required('CALLERID_EC2_ACCESS_KEY_ID');
  const secretAccessKey = required('CALLERID_EC2_SECRET_ACCESS_KEY');
  if (partitionOf(region) !== partition) {
    throw new ConfigurationError(
      'CALLERID_EC2_REGION',
      `no region of partition ${partition}`,
      'Name the region of the instances, and set CALLERID_PARTITION where it is not in aws.',
    );
  }
  const { CALLERID_EC2_SESSION_TOKEN: sessionToken, CALLERID_EC2_ROLE_ARNS: roles } = values;
  const settings: Ec2Settings = {
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    ...(roles && { roles: roles.split(',').map((arn) => arn.trim()) }),
  };
  checkVariables(variableOf, () => createPrivateDnsNames(settings));
  return settings;
}
