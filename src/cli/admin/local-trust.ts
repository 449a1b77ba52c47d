/**
 * Whose versions are believed where the store is on this machine: as a deployment with the same environment has it.
 *
 * @module
 */
import { type GenericSchema, object, safeParse } from 'valibot';
import { ConfigurationError } from '../../errors/classes.ts';
import { member } from '../../lib/json.ts';
import type { PolicyTrust } from '../../policy/trust.ts';
import {
  policyTrustFields,
  policyTrustVariables,
  readPolicyTrust,
} from '../../runtime/policy-trust-settings.ts';
import { usageError } from '../exit-codes.ts';

const fields = object(policyTrustFields);
const variables = object(policyTrustVariables);

/**
 * What `CALLERID_CLUSTERS` says of the cluster, else what `CALLERID_POLICY_KEYS` and `CALLERID_POLICY_MIN_VERSION` say;
 * undefined where nothing has to be signed.
 *
 * @throws {ConfigurationError} @throws {CommandError}
 */
export function localTrust(env: NodeJS.ProcessEnv, cluster: string): PolicyTrust | undefined {
  const own = member(parsed(env.CALLERID_CLUSTERS), cluster);
  if (own !== undefined && cluster !== env.CALLERID_CLUSTER) {
    return trustOf(own, (field) => `CALLERID_CLUSTERS.${cluster}.${field}`);
  }
  const { CALLERID_POLICY_KEYS: policyKeys, CALLERID_POLICY_MIN_VERSION: minPolicyVersion } = valid(
    variables,
    env,
    (variable) => variable,
  );
  const names = { policyKeys: 'CALLERID_POLICY_KEYS', minPolicyVersion: 'CALLERID_POLICY_MIN_VERSION' };
  return trustOf({ policyKeys, minPolicyVersion }, (field) => names[field as keyof typeof names]);
}

function trustOf(settings: unknown, names: (field: string) => string): PolicyTrust | undefined {
  const { policyKeys, minPolicyVersion } = valid(fields, settings, names);
  return readPolicyTrust(policyKeys, minPolicyVersion, names);
}

/** @throws {ConfigurationError} */
function valid<T>(schema: GenericSchema<unknown, T>, values: unknown, names: (field: string) => string): T {
  const read = safeParse(schema, values);
  if (read.success) return read.output;
  const [{ message, path }] = read.issues;
  const setting = names(String(path?.[0]?.key ?? ''));
  throw new ConfigurationError(setting, message, 'Set it as callerid policy keys prints them.');
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw usageError('CALLERID_CLUSTERS: not JSON', 'set it as the deployment has it');
  }
}
