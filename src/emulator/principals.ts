/**
 * The principals whose keys the emulator knows, and what STS says of each of them.
 *
 * @module
 */
import type { PartitionName } from './endpoints.ts';

/** A long-term key. With a session token it is a temporary one, as from `sts:GetSessionToken`. */
export interface EmulatedKey {
  /** Names the key. */
  readonly accessKeyId: string;
  /** Made up, never one of AWS. */
  readonly secretAccessKey: string;
  /** Only temporary keys have one. */
  readonly sessionToken?: string | undefined;
  /** End of the session: a Date, or milliseconds since the epoch. Without it the session never ends. */
  readonly expiration?: Date | number | undefined;
}

/** A role session: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. Its key is always a temporary one. */
export interface AssumedRolePrincipal extends EmulatedKey {
  readonly type: 'assumed-role';
  /** 12 digits */
  readonly account: string;
  /** Name of the role without its path: STS never shows a role's path. */
  readonly roleName: string;
  /** As whoever assumed the role named the session. */
  readonly sessionName: string;
  /** Unique ID of the role, `AROA…`. By default one that is derived from account and role name. */
  readonly principalId?: string | undefined;
  /** Belongs to the key. */
  readonly sessionToken: string;
}

/** An IAM user: `arn:aws:iam::ACCOUNT:user/PATH/NAME`. */
export interface UserPrincipal extends EmulatedKey {
  readonly type: 'user';
  /** 12 digits */
  readonly account: string;
  /** Path with a slash at both ends; default `/`. */
  readonly path?: string | undefined;
  /** Without the path. */
  readonly userName: string;
  /** Unique ID of the user, `AIDA…`. By default one that is derived from account and user name. */
  readonly principalId?: string | undefined;
}

/** An account's root user: `arn:aws:iam::ACCOUNT:root`. */
export interface RootPrincipal extends EmulatedKey {
  readonly type: 'root';
  /** 12 digits */
  readonly account: string;
}

/** A federated user of `sts:GetFederationToken`: `arn:aws:sts::ACCOUNT:federated-user/NAME`. */
export interface FederatedUserPrincipal extends EmulatedKey {
  readonly type: 'federated-user';
  /** 12 digits */
  readonly account: string;
  /** As whoever asked for the session named the user. */
  readonly name: string;
  /** Belongs to the key. */
  readonly sessionToken: string;
}

/** Somebody who can sign, with the key that he or she signs with. */
export type Principal = AssumedRolePrincipal | UserPrincipal | RootPrincipal | FederatedUserPrincipal;

/** The three members that `GetCallerIdentity` answers with. */
export interface CallerIdentity {
  readonly Account: string;
  readonly Arn: string;
  readonly UserId: string;
}

/** What STS says of a principal. */
export async function callerIdentityOf(
  principal: Principal,
  partition: PartitionName,
): Promise<CallerIdentity> {
  const { account: Account } = principal;
  const iam = `arn:${partition}:iam::${Account}`;
  const sts = `arn:${partition}:sts::${Account}`;
  switch (principal.type) {
    case 'assumed-role': {
      const { roleName, sessionName } = principal;
      const id = principal.principalId ?? (await uniqueId('AROA', Account, roleName));
      return {
        Account,
        Arn: `${sts}:assumed-role/${roleName}/${sessionName}`,
        UserId: `${id}:${sessionName}`,
      };
    }
    case 'user': {
      const { path = '/', userName } = principal;
      const UserId = principal.principalId ?? (await uniqueId('AIDA', Account, userName));
      return { Account, Arn: `${iam}:user${path}${userName}`, UserId };
    }
    case 'root':
      return { Account, Arn: `${iam}:root`, UserId: Account };
    case 'federated-user':
      return {
        Account,
        Arn: `${sts}:federated-user/${principal.name}`,
        UserId: `${Account}:${principal.name}`,
      };
  }
}

/** Rejects what would make an answer that STS cannot give; a mistake in a test's set-up, not in a request. */
export function assertPrincipal(principal: Principal): void {
  if (!/^\d{12}$/.test(principal.account)) {
    throw new TypeError('account of an emulated principal must have 12 digits');
  }
  if (!/^[A-Za-z0-9]{4,128}$/.test(principal.accessKeyId)) {
    throw new TypeError('accessKeyId of an emulated principal must have 4 to 128 letters and digits');
  }
  if (principal.type === 'user' && principal.path !== undefined && !/^\/(.*\/)?$/.test(principal.path)) {
    throw new TypeError('path of an emulated user must begin and end with a slash');
  }
}

/** 21 characters, as IAM's. Names are unique in an account without regard to case, so this ignores case too. */
async function uniqueId(prefix: 'AROA' | 'AIDA', account: string, name: string): Promise<string> {
  const seed = new TextEncoder().encode(`${prefix}/${account}/${name.toLowerCase()}`);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', seed));
  const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return prefix + Array.from(digest.subarray(0, 17), (byte) => base32[byte % 32]).join('');
}
