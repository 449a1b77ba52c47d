/**
 * What looking up the private DNS name of an EC2 instance gives: types alone, so that those who only pass a look-up on do
 * not depend on the client of EC2.
 *
 * @module
 */
import type { Ec2OutageCode } from '../errors/ec2.ts';
import type { MappingRefusalCode } from '../errors/mapping.ts';
import type { Refused } from '../errors/refusal.ts';
import type { TaskContext } from '../lib/flights.ts';

/** An instance by what an identity says of it. */
export interface InstanceOf {
  /** The session name. */
  readonly instanceId: string;
  /** Account of the identity, 12 digits. */
  readonly account: string;
}

/** Why an instance has no name that counts. */
export type InstanceRefusalCode = Extract<MappingRefusalCode, `instance_${string}`>;

/** A name, a refusal, or no verdict, which is never held. */
export type PrivateDnsName =
  | { readonly ok: true; readonly name: string }
  | Refused<InstanceRefusalCode>
  | Refused<Ec2OutageCode>;

/** Looks up private DNS names. Made by `createPrivateDnsNames`. */
export interface PrivateDnsNames {
  /** Never throws. */
  find(instance: InstanceOf, context?: TaskContext): Promise<PrivateDnsName>;
}
