/**
 * JOSE in other languages: programs that verify the JWTs of an issuer, which they discover, and sign JWTs of their own.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { JSONWebKeySet, JWTPayload } from 'jose';
import { goProgram } from '../go.ts';
import { ownEnvironment } from '../processes.ts';
import { pythonEnvironment } from '../python.ts';

/** What a peer says of a JWT: its claims, or why it does not take it. */
export type Verdict = { readonly claims: JWTPayload } | { readonly error: string };

/** JWTs, and the keys to verify them. */
export interface Signed {
  readonly keys: JSONWebKeySet;
  readonly tokens: readonly string[];
}

export interface Peer {
  readonly name: string;
  /** @param env how to come to the issuer */
  verify(
    question: { readonly issuer: string; readonly audience: string; readonly tokens: readonly string[] },
    env: Readonly<Record<string, string>>,
  ): Promise<Verdict[]>;
  /** Signs with a new key. */
  sign(order: {
    readonly algorithm: string;
    readonly keyId: string;
    readonly claims: readonly JWTPayload[];
  }): Promise<Signed>;
}

const joserfcVersion = '1.8.0';

export async function startPeers(): Promise<Peer[]> {
  const python = pythonEnvironment(`joserfc-${joserfcVersion}`, [`joserfc==${joserfcVersion}`]);
  return [
    peer('go-oidc and go-jose', await goProgram('jose')),
    peer('joserfc', join(python, 'python'), [join(import.meta.dirname, 'peer.py')]),
  ];
}

function peer(name: string, command: string, args: readonly string[] = []): Peer {
  const run = async (request: object, env: Readonly<Record<string, string>> = {}) =>
    JSON.parse(await answerOf(command, args, JSON.stringify(request), { ...ownEnvironment(), ...env }));
  return {
    name,
    verify: (verify, env) => run({ verify }, env),
    sign: (sign) => run({ sign }),
  };
}

function answerOf(
  command: string,
  args: readonly string[],
  input: string,
  env: Record<string, string>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const program = execFile(command, args, { env, timeout: 60_000 }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
    program.stdin?.end(input);
  });
}
