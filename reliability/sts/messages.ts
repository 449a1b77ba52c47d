/**
 * What is said to the process that plays STS, and what it says.
 *
 * @module
 */
import type { ConnectionFault, ExchangeFault } from './wire.ts';

/** Where it listens on 127.0.0.1, and whom to trust. */
export interface Listening {
  /** Speaks TLS. */
  readonly port: number;
  /** Speaks plain HTTP: CONNECT leads to STS. */
  readonly proxyPort: number;
  readonly caPem: string;
}

export type Order =
  /** Spoils every exchange at a host, or at `*`; null ends that. */
  | { readonly order: 'exchange'; readonly host: string; readonly fault: ExchangeFault | null }
  /** Spoils every new connection, and ends those that are there; null ends that. */
  | { readonly order: 'connection'; readonly fault: ConnectionFault | null }
  /** Every true answer comes so many milliseconds later. */
  | { readonly order: 'delay'; readonly ms: number }
  /** Wants the number of requests so far, of a host or of `*`. */
  | { readonly order: 'calls'; readonly host: string };
