/**
 * What `callerid oidc-config` does.
 *
 * @module
 */
import { reservedPrefixes } from '../../mapping/reserved.ts';
import { assertAudience } from '../../token/audience.ts';
import { CommandError, exitCodes, usageError } from '../exit-codes.ts';
import { readIssuerUrl } from '../issuer-url.ts';
import { print, say } from '../output.ts';
import { problemsOf } from './check.ts';
import { type TargetName, targets } from './targets.ts';

/** The options of the command line. */
export interface OidcConfigFlags {
  readonly issuer: string;
  readonly audience: string;
  readonly for: TargetName;
  readonly apiVersion: string;
  readonly usernamePrefix?: string;
  readonly groupsPrefix?: string;
  readonly check?: true;
}

/** Prints the configuration; what to do with it goes to standard error. */
export async function printOidcConfig(flags: OidcConfigFlags): Promise<void> {
  const { issuer, audience, apiVersion } = flags;
  const target = targets[flags.for];
  const { protocol } = readIssuerUrl('--issuer', issuer);
  assertAudience('--audience', audience);
  const trust = {
    issuer,
    audience,
    usernamePrefix: prefixOf('--username-prefix', flags.usernamePrefix, target.prefix),
    groupsPrefix: prefixOf('--groups-prefix', flags.groupsPrefix, target.prefix),
  };
  if (flags.check) {
    const problems = await problemsOf(issuer, target.algorithms);
    if (problems.length > 0) {
      throw new CommandError(exitCodes.unexpected, `${issuer} does not fit`, undefined, problems);
    }
  } else if (protocol !== 'https:') {
    say('API servers take https alone: this is for trying out');
  }
  print(target.print(trust, apiVersion));
  say(target.use);
}

/** A prefix that begins as a reserved one could be completed by a name. */
function prefixOf(option: string, given: string | undefined, wanted: string): string {
  const prefix = given ?? wanted;
  if (prefix === '') return prefix;
  if (!/^[\x21-\x7e]{1,64}$/.test(prefix) || prefix === '-') {
    throw usageError(`${option}: not 1 to 64 printable characters`, 'give one such as callerid:');
  }
  if (!prefix.startsWith(wanted)) {
    throw usageError(
      `${option}: does not begin with ${wanted}`,
      `AKS takes no other names, give ${wanted} or more`,
    );
  }
  const lower = prefix.toLowerCase();
  const isReservedSoFar = reservedPrefixes.some((one) => one.startsWith(lower) || lower.startsWith(one));
  // EKS takes that nowhere in a prefix.
  if (isReservedSoFar || lower.includes('system:')) {
    throw usageError(`${option}: reserved, or the beginning of what is`, 'give one such as callerid:');
  }
  return prefix;
}
