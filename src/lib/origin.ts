/**
 * @module
 */

/** Whether this is http or https, a host and a port, and nothing else. */
export function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
