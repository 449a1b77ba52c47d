/**
 * A verifier before an emulated STS, with a clock that the test sets.
 */
import { createStsEmulator, type StsEmulator, type StsEmulatorOptions } from '../../src/emulator/emulator.ts';
import type { Principal } from '../../src/emulator/principals.ts';
import type { TaskContext } from '../../src/lib/flights.ts';
import { signToken } from '../../src/token/sign.ts';
import type { VerifierOptions } from '../../src/verifier/options.ts';
import type { Verification } from '../../src/verifier/verification.ts';
import { createVerifier, type Verifier } from '../../src/verifier/verifier.ts';

export const audience = 'https://orders.example.com';
/** When the clock of every test begins. */
export const start: number = Date.UTC(2026, 10, 24, 12, 0, 0);
export const account = '111122223333';
export const listedHost = 'sts.eu-west-1.amazonaws.com';
/** Of a region's shape, and of no region that is known. */
export const unlistedHost = 'sts.eu-west-9.amazonaws.com';

const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

export const admin: Principal = {
  type: 'assumed-role',
  account,
  roleName: 'Admin',
  sessionName: 'alice@example.com',
  principalId: 'AROAEXAMPLEID0000000A',
  accessKeyId: 'ASIADMIN',
  secretAccessKey,
  sessionToken: 'IQoJb3JpZ2lu//se+ssion==',
};
export const bob: Principal = {
  type: 'user',
  account,
  userName: 'bob',
  principalId: 'AIDAEXAMPLEID0000000B',
  accessKeyId: 'AKIABOB',
  secretAccessKey,
};

export interface Signing {
  readonly as?: Principal;
  readonly host?: string;
  readonly region?: string;
  readonly audience?: string;
  readonly at?: number;
  readonly secretAccessKey?: string;
}

export async function tokenOf(signing: Signing = {}): Promise<string> {
  const { as = admin, host = listedHost, at = start } = signing;
  const credentials = {
    accessKeyId: as.accessKeyId,
    secretAccessKey: signing.secretAccessKey ?? as.secretAccessKey,
    sessionToken: as.sessionToken,
  };
  const endpoint = { host, region: signing.region ?? (host.split('.')[1] as string) };
  const { token } = await signToken(credentials, {
    audience: signing.audience ?? audience,
    endpoint,
    now: at,
  });
  return token;
}

export interface Scene {
  readonly sts: StsEmulator;
  readonly verifier: Verifier;
  /** Moves the clock of both. */
  readonly pass: (seconds: number) => void;
}

export function scene(options: Partial<VerifierOptions> = {}, sts: Partial<StsEmulatorOptions> = {}): Scene {
  let now = start;
  const clock = () => now;
  const emulator = createStsEmulator({ principals: [admin, bob], clock, ...sts });
  const verifier = createVerifier({ audience, clock, fetch: emulator.fetch as typeof fetch, ...options });
  return {
    sts: emulator,
    verifier,
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}

/** `verified`, `foreign`, or the code. */
export function meaning(result: Verification): string {
  return 'code' in result ? result.code : result.verdict;
}

/** What was given to `waitUntil`. */
export function taskContext(): TaskContext & { readonly kept: Promise<unknown>[] } {
  const kept: Promise<unknown>[] = [];
  return { kept, waitUntil: (promise) => void kept.push(promise) };
}
