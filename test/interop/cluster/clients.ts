/**
 * kubectl with each of the programs that sign for it.
 *
 * @module
 */
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Principal } from '../../../src/emulator/principals.ts';
import { awsCli } from '../aws-cli.ts';
import { goProgram } from '../go.ts';
import { ownEnvironment } from '../processes.ts';
import { callerid, command } from './deployment.ts';
import type { Place } from './place.ts';
import { region } from './world.ts';

const run = promisify(execFile);

export const signers = ['aws', 'aws-iam-authenticator', 'callerid'] as const;
export type Signer = (typeof signers)[number];

/** Programs by the names under which kubeconfigs call them. */
export interface Clients {
  readonly kubectl: string;
  /** A directory in which every signer is. */
  readonly bin: string;
}

const programs: Readonly<Record<Signer, () => string | Promise<string>>> = {
  aws: () => (onMachine('aws', ['--version']) ? 'aws' : awsCli()),
  'aws-iam-authenticator': () => goProgram('aws-iam-authenticator'),
  callerid: () => `${process.execPath}' '${command}`,
};

/** Finds or makes kubectl and these signers. */
export async function prepareClients(home: string, names: readonly Signer[] = signers): Promise<Clients> {
  const bin = join(home, 'bin');
  mkdirSync(bin);
  for (const name of names) {
    const program = await programs[name]();
    if (program === name) continue;
    const path = join(bin, name);
    writeFileSync(path, `#!/bin/sh\nexec '${program}' "$@"\n`);
    chmodSync(path, 0o755);
  }
  const kubectl = onMachine('kubectl', ['version', '--client']) ? 'kubectl' : await goProgram('kubectl');
  return { kubectl, bin };
}

function onMachine(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl with a kubeconfig, as somebody with these credentials; `more` is further environment. */
export async function kubectl(
  clients: Clients,
  kubeconfig: string,
  principal: Principal,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const env = { ...signingEnvironment(clients, principal), KUBECONFIG: kubeconfig, ...more };
  try {
    return { ok: true, ...(await run(clients.kubectl, args, { env, timeout: 90_000 })) };
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout === undefined || stderr === undefined) throw error;
    return { ok: false, stdout, stderr };
  }
}

const arguments_: Readonly<Record<Signer, (audience: string) => string[]>> = {
  aws: (audience) => ['eks', 'get-token', '--cluster-name', audience, '--region', region, '--output', 'json'],
  'aws-iam-authenticator': (audience) => ['token', '-i', audience],
  callerid: (audience) => ['token', '--audience', audience, '--region', region],
};

/** Makes a kubeconfig whose user is signed for by a program. */
export async function makeKubeconfig(
  { home, server, cluster, execVersion }: Pick<Place, 'home' | 'server' | 'cluster' | 'execVersion'>,
  signer: Signer,
): Promise<string> {
  const file = join(home, `${signer}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'interop',
        cluster: {
          server: server.url,
          'certificate-authority-data': Buffer.from(server.caPem).toString('base64'),
        },
      },
    ],
    'current-context': 'interop',
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  await callerid([
    ...['kubeconfig', '--kubeconfig', file, '--audience', cluster, '--exec', signer, '--region', region],
    ...['--api-version', execVersion, '--context', 'interop', '--cluster', 'interop'],
  ]);
  return file;
}

/** A token as a program signs it. */
export async function sign(
  clients: Clients,
  signer: Signer,
  principal: Principal,
  audience: string,
): Promise<string> {
  const env = signingEnvironment(clients, principal);
  const { stdout } = await run(signer, arguments_[signer](audience), { env, timeout: 60_000 });
  return JSON.parse(stdout).status.token;
}

/** The environment in which any program signs as this principal, and finds the others. */
export function signingEnvironment({ bin }: Clients, principal: Principal): Record<string, string> {
  const { PATH = '', ...rest } = ownEnvironment();
  return {
    ...rest,
    PATH: `${bin}:${PATH}`,
    AWS_ACCESS_KEY_ID: principal.accessKeyId,
    AWS_SECRET_ACCESS_KEY: principal.secretAccessKey,
    ...(principal.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: principal.sessionToken }),
    AWS_REGION: region,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
