/**
 * The audience under its three names.
 *
 * @module
 */
import { assertAudience } from '../token/audience.ts';
import { usageError } from './exit-codes.ts';

/** `--cluster-id` is what aws-iam-authenticator calls it, `--cluster-name` what the AWS CLI calls it. */
export interface AudienceFlags {
  readonly audience?: string | undefined;
  readonly clusterId?: string | undefined;
  readonly clusterName?: string | undefined;
}

/** @throws where there is not exactly one, or it is none */
export function readAudience({ audience, clusterId, clusterName }: AudienceFlags): string {
  const given = [audience, clusterId, clusterName].filter((value) => value !== undefined);
  if (given.length > 1) {
    throw usageError(
      'more than one of --audience, --cluster-id and --cluster-name',
      'they mean the same, give one',
    );
  }
  const [value] = given;
  if (value === undefined) {
    throw usageError('no audience', "give --audience, the cluster's ID or the URL of the service");
  }
  assertAudience('--audience', value);
  return value;
}
