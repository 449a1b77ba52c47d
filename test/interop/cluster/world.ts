/**
 * The AWS of the interop suites: an STS that checks signatures, EC2 by moto, and people with keys.
 *
 * @module
 */
import { createStsEmulator, type StsCall, type StsEmulator } from '../../../src/emulator/emulator.ts';
import type { Principal } from '../../../src/emulator/principals.ts';
import { type ListeningStsEmulator, listenStsEmulator } from '../../../src/emulator/server.ts';
import { Moto, motoAccount, motoKey, motoRegion } from '../moto.ts';

export const account: string = motoAccount;
export const region: string = motoRegion;

/** Somebody with a key, and the STS that this key is known to: its calls and its faults are nobody else's. */
export interface Person {
  readonly principal: Principal;
  readonly sts: StsEmulator;
}

/** What STS knows of somebody, without the key. */
export type Who =
  | { readonly role: string; readonly session: string }
  | { readonly user: string; readonly path?: string };

export interface World {
  /** Every request to AWS goes here. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The same behind TLS and a proxy, for programs. */
  readonly server: ListeningStsEmulator;
  readonly moto: Moto;
  /** Somebody with a new key. */
  readonly person: (who: Who) => Person;
  /** Requests to STS by keys that nobody has. */
  readonly strangerCalls: readonly StsCall[];
  readonly end: () => Promise<void>;
}

/** Settings of a deployment for look-ups in EC2. */
export const ec2Variables: Readonly<Record<string, string>> = {
  CALLERID_EC2_REGION: motoRegion,
  CALLERID_EC2_ACCESS_KEY_ID: motoKey.accessKeyId,
  CALLERID_EC2_SECRET_ACCESS_KEY: motoKey.secretAccessKey,
};

const ec2Host = `ec2.${motoRegion}.amazonaws.com`;

export async function createWorld(): Promise<World> {
  const moto = await Moto.start();
  const people = new Map<string, Person>();
  const strangers = createStsEmulator({ principals: [] });
  const route = (url: string, init: RequestInit): Promise<Response> => {
    if (new URL(url).host === ec2Host) return fetch(moto.origin, init);
    const person = people.get(accessKeyIdOf(url));
    return (person?.sts ?? strangers).fetch(url, init);
  };
  const server = await listenStsEmulator(
    { fetch: (url, init) => route(String(url), init ?? {}) },
    { hosts: [ec2Host] },
  );
  return {
    fetch: route,
    server,
    moto,
    strangerCalls: strangers.calls,
    person(who) {
      const principal = principalOf(who, people.size);
      const person = { principal, sts: createStsEmulator({ principals: [principal] }) };
      people.set(principal.accessKeyId, person);
      return person;
    },
    async end() {
      await server.close();
      await moto.end();
    },
  };
}

function accessKeyIdOf(url: string): string {
  return new URL(url).searchParams.get('X-Amz-Credential')?.split('/')[0] ?? '';
}

function principalOf(who: Who, number: number): Principal {
  const digits = String(number).padStart(8, '0');
  const secretAccessKey = `wJalrXUtnFEMI/K7MDENG/bPxRfiCY${digits}`;
  if ('user' in who) {
    const { user: userName, path = '/' } = who;
    return { type: 'user', account, userName, path, accessKeyId: `AKIAINTEROP${digits}`, secretAccessKey };
  }
  return {
    type: 'assumed-role',
    account,
    roleName: who.role,
    sessionName: who.session,
    accessKeyId: `ASIAINTEROP${digits}`,
    secretAccessKey,
    sessionToken: `IQoJb3JpZ2luX2VjEXAMPLE//session+of+${digits}==`,
  };
}
