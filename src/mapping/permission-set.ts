/**
 * Roles of IAM Identity Center: `AWSReservedSSO_<permission set>_<16 hexadecimal digits>`.
 *
 * STS hides the path `aws-reserved/sso.amazonaws.com/`, so this rests on nobody else being able to create a role of such
 * a name: AWS reserves the prefix.
 *
 * @module
 */

/** Names of permission sets (IAM Identity Center API reference, CreatePermissionSet). */
export function isPermissionSetName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w+=,.@-]{1,32}$/.test(value);
}

/** The permission set behind a role, in lower case; undefined where the role is of no permission set. */
export function permissionSetOf(roleName: string): string | undefined {
  return /^awsreservedsso_([\w+=,.@-]{1,32})_[0-9a-f]{16}$/.exec(roleName.toLowerCase())?.[1];
}
