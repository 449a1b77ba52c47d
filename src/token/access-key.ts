/**
 * The alphabets of what signs and of what is signed with, which every reader of them shares.
 *
 * @module
 */

/** Whether this has the form of an access key ID: 4 to 128 letters and digits. */
export function isAccessKeyId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9]{4,128}$/.test(value);
}

/** Whether this has the alphabet of a session token, base64 or base64url, and is not empty. */
export function isSessionToken(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9+/=_-]+$/.test(value);
}
