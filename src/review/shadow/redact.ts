/**
 * Words of the incumbent, as they may be logged and told. What it says may repeat what it was asked, and that was a token.
 *
 * @module
 */

/** Longest text, in characters. */
const maxLength = 1024;

/**
 * Tokens, URLs, signatures, and words longer than a role's name may be (64): a session token is hundreds of characters. An ARN
 * is kept, since its names make it as long.
 */
const secrets =
  /(arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:[\w+=,.@/-]{1,200})|k8s-aws-v1\.[\w-]*|https?:\/\/[^\s"'<>]*|[0-9a-f]{64}|[\w+/=-]{65,}/g;

/** One line of printable ASCII without secrets. */
export function redact(text: string): string {
  return text
    .replace(secrets, (_, arn?: string) => arn ?? '[...]')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, maxLength);
}
