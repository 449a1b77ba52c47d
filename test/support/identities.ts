/**
 * Proven identities for the tests of mapping, made as the verifier makes them.
 */
import { type Description, hypotheticalIdentity } from '../../src/identity/hypothetical.ts';
import { type Identity, readIdentity } from '../../src/identity/identity.ts';
import { type Mapping, mapIdentity } from '../../src/mapping/map.ts';
import { RuleIndex } from '../../src/mapping/rule-index.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';

export const account = '111122223333';
export const accessKeyId = 'ASIAEXAMPLE';

function identity(arn: string, userId: string): Identity {
  const [, partition = '', , , of = ''] = arn.split(':');
  const read = readIdentity({ account: of, arn, userId }, { partition, accessKeyId });
  if (read === undefined) throw new Error(`no identity: ${arn}`);
  return read;
}

export function session(name: string, role = 'Admin', partition = 'aws'): Identity {
  return identity(`arn:${partition}:sts::${account}:assumed-role/${role}/${name}`, `AROAEXAMPLE:${name}`);
}

export function user(name: string, path = '/', of = account): Identity {
  return identity(`arn:aws:iam::${of}:user${path}${name}`, 'AIDAEXAMPLE');
}

export const root: Identity = identity(`arn:aws:iam::${account}:root`, account);

export function federated(name: string): Identity {
  return identity(`arn:aws:sts::${account}:federated-user/${name}`, `${account}:${name}`);
}

/** Of a JWT: no session name, no principal ID, no access key ID. */
export function jwtOf(role: string, facts: Omit<Description, 'arn' | 'proof'> = {}): Identity {
  const made = hypotheticalIdentity({ arn: roleArn(role), proof: 'aws-jwt', ...facts });
  if (made === undefined) throw new Error(`no identity: ${role}`);
  return made;
}

export const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;

/** What a policy of these rules makes of an identity. */
export function map(who: Identity, ...rules: readonly unknown[]): Mapping {
  return mapIdentity(who, [new RuleIndex(parsePolicy({ rules }).rules)]);
}

/** The same in a word: `username [groups]`, or the code. */
export function outcome(who: Identity, ...rules: readonly unknown[]): string {
  const mapping = map(who, ...rules);
  if (!mapping.ok) return mapping.code;
  return [mapping.username, ...(mapping.groups.length > 0 ? [`[${mapping.groups.join(', ')}]`] : [])].join(
    ' ',
  );
}
