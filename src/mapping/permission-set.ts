/**
 * Roles of IAM Identity Center: `AWSReservedSSO_<permission set>_<16 hexadecimal digits>`.
 *
 * STS hides the path `aws-reserved/sso.amazonaws.com/`, so this rests on nobody else being able to create a role of such
 * a name: AWS reserves the prefix, as it is written here.
 *
 * @module
 */

const prefix = 'AWSReservedSSO_';

/** Names of permission sets (IAM Identity Center API reference, CreatePermissionSet); a role's name is none. */
export function isPermissionSetName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w+=,.@-]{1,32}$/.test(value) && !startsWithPrefix(value);
}

function startsWithPrefix(value: string): boolean {
  return value.toLowerCase().startsWith(prefix.toLowerCase());
}

/**
 * The permission set behind a role, in lower case; undefined where the role is of no permission set.
 *
 * @param ignoreCase takes the prefix and the digits in any case: for deny rules, which look-alikes must not get around
 */
export function permissionSetOf(roleName: string, ignoreCase = false): string | undefined {
  const form = ignoreCase ? anyCase : exactCase;
  return form.exec(roleName)?.[1]?.toLowerCase();
}

const exactCase = new RegExp(String.raw`^${prefix}([\w+=,.@-]{1,32})_[0-9a-f]{16}$`);
const anyCase = new RegExp(exactCase, 'i');
