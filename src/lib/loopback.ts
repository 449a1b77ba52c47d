/**
 * This machine alone.
 *
 * @module
 */

/** Whether a host, as a URL or a socket has it, leads nowhere else. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|\[?::1\]?|127(?:\.[0-9]{1,3}){3})$/.test(host);
}
