/**
 * What may be an audience: the value that a client signs in the header `x-k8s-aws-id`.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';

/** The most characters that are signed in the header, with what binds the token. */
export const maxAudienceLength = 256;

/**
 * Whether this can be signed and sent unambiguously: 1 to 256 printable ASCII characters, without leading, trailing
 * or doubled spaces (SigV4 folds those, and two audiences would be one).
 */
export function isAudience(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= maxAudienceLength &&
    /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value)
  );
}

/**
 * Whether an EKS cluster somewhere could have this name. A token for such an audience can be replayed for 15 minutes
 * at every EKS cluster of that name where the caller has rights: EKS names are unique per account and region only.
 * Their form is `[0-9A-Za-z][A-Za-z0-9_-]*`, at most 100 characters (Amazon EKS API reference, CreateCluster).
 */
export function couldBeEksClusterName(audience: string): boolean {
  return /^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/.test(audience);
}

/** Throws a ConfigurationError that names `setting` where the value is no audience. */
export function assertAudience(setting: string, value: unknown): asserts value is string {
  if (isAudience(value)) return;
  throw new ConfigurationError(
    setting,
    value === undefined ? 'missing' : 'not an audience',
    'Use 1 to 256 printable ASCII characters without outer or doubled spaces.',
  );
}

/** Whether a verifier can have this audience: what follows a `#` binds a token. */
export function isVerifierAudience(value: unknown): value is string {
  return isAudience(value) && !value.includes('#');
}
