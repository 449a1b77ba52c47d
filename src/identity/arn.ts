/**
 * ARNs of callers: reading them strictly, and their canonical form.
 *
 * @module
 */
import { PARTITION_IDS, type PartitionId } from '../sts/partitions.ts';

/** An ARN that names a caller. Names keep the case in which they were written. */
export type CallerArn =
  | (ArnHead & { readonly type: 'root' })
  | (ArnHead & { readonly type: 'user' /** `/` or `/a/b/` */; readonly path: string; readonly name: string })
  | (ArnHead & { readonly type: 'role' /** `/` or `/a/b/` */; readonly path: string; readonly name: string })
  | (ArnHead & { readonly type: 'assumed-role'; readonly name: string; readonly sessionName: string })
  | (ArnHead & { readonly type: 'federated-user'; readonly name: string });

interface ArnHead {
  readonly partition: string;
  /** 12 digits */
  readonly account: string;
}

/**
 * Alphabets and lengths of names (IAM and STS API references: RoleName, UserName, RoleSessionName, Name, Path). A role
 * or user is created with at most 64 characters, but IAM takes 128 where it asks for one that exists, and longer ones
 * than 64 have been seen in the field.
 */
const patterns = {
  account: /^[0-9]{12}$/,
  partition: /^aws(?:-[a-z]+)*$/,
  entity: /^[\w+=,.@-]{1,128}$/,
  session: /^[\w+=,.@-]{2,64}$/,
  federated: /^[\w+=,.@-]{2,32}$/,
  path: /^\/(?:[\x21-\x7e]*\/)?$/,
};

const maxPathLength = 512;

/** Whether this is the unique ID of a role (`AROA…`) or of a user (`AIDA…`) (IAM User Guide, Unique identifiers). */
export function isPrincipalId(value: string, type: 'role' | 'user'): boolean {
  return value.startsWith(type === 'role' ? 'AROA' : 'AIDA') && /^[A-Z0-9]{16,128}$/.test(value);
}

/** Whether this is a partition that AWS has. */
export function isPartition(value: unknown): value is PartitionId {
  return PARTITION_IDS.some((id) => id === value);
}

/** Whether this is an AWS account number: 12 digits, as text. */
export function isAccount(value: unknown): value is string {
  return typeof value === 'string' && patterns.account.test(value);
}

/** Reads the ARN of a caller or of the role behind one; undefined where it is none. */
export function parseCallerArn(arn: string): CallerArn | undefined {
  const [scheme, partition = '', service, region, account = '', ...rest] = arn.split(':');
  if (scheme !== 'arn' || region !== '' || !patterns.partition.test(partition) || !isAccount(account)) {
    return undefined;
  }
  const resource = rest.join(':');
  const head = { partition, account };
  if (service === 'iam') return resource === 'root' ? { ...head, type: 'root' } : parseEntity(head, resource);
  return service === 'sts' ? parseSession(head, resource) : undefined;
}

/** `user/path/Name`, `role/path/Name` */
function parseEntity(head: ArnHead, resource: string): CallerArn | undefined {
  const type = resource.startsWith('user/') ? 'user' : resource.startsWith('role/') ? 'role' : undefined;
  if (type === undefined) return undefined;
  const end = resource.lastIndexOf('/') + 1;
  const path = resource.slice(type.length, end);
  const name = resource.slice(end);
  if (path.length > maxPathLength || !patterns.path.test(path) || !patterns.entity.test(name))
    return undefined;
  return { ...head, type, path, name };
}

/** `assumed-role/Name/session`, `federated-user/Name` */
function parseSession(head: ArnHead, resource: string): CallerArn | undefined {
  const [type, name = '', sessionName = '', ...rest] = resource.split('/');
  if (rest.length > 0) return undefined;
  if (type === 'assumed-role' && patterns.entity.test(name) && patterns.session.test(sessionName)) {
    return { ...head, type, name, sessionName };
  }
  if (type === 'federated-user' && patterns.federated.test(name) && sessionName === '') {
    return resource.endsWith('/') ? undefined : { ...head, type, name };
  }
  return undefined;
}

/**
 * The ARN by which a caller is mapped: the role for an assumed role, else the ARN itself. STS never shows a role's
 * path, and role names are unique in an account whatever their path, so a role's canonical ARN has none.
 */
export function canonicalArn(arn: CallerArn): string {
  const iam = `arn:${arn.partition}:iam::${arn.account}:`;
  switch (arn.type) {
    case 'root':
      return `${iam}root`;
    case 'user':
      return `${iam}user${arn.path}${arn.name}`;
    case 'role':
    case 'assumed-role':
      return `${iam}role/${arn.name}`;
    case 'federated-user':
      return `arn:${arn.partition}:sts::${arn.account}:federated-user/${arn.name}`;
  }
}
