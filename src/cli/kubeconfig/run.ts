/**
 * What `callerid kubeconfig` does.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseCallerArn } from '../../identity/arn.ts';
import { stsHost } from '../../sts/endpoints.ts';
import { type AudienceFlags, readAudience } from '../audience.ts';
import { changeFile } from '../change-file.ts';
import { usageError } from '../exit-codes.ts';
import { readIssuerUrl } from '../issuer-url.ts';
import { say } from '../output.ts';
import { type Entry, Kubeconfig } from './edit.ts';
import { execUser, type PluginName } from './exec.ts';

/** The options of the command line. */
export interface KubeconfigFlags extends AudienceFlags {
  readonly kubeconfig?: string;
  readonly user?: string;
  readonly exec: PluginName;
  readonly apiVersion: 'v1' | 'v1beta1';
  readonly region?: string;
  readonly profile?: string;
  readonly roleArn?: string;
  readonly exchange?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly replace?: true;
}

/** Adds the user, and the context where one is wanted. */
export function addUser(flags: KubeconfigFlags, env: NodeJS.ProcessEnv = process.env): void {
  const audience = signedFor(flags);
  const { user = audience, context, cluster, region, roleArn } = flags;
  for (const name of ['user', 'context', 'cluster', 'profile'] as const)
    assertPrintable(`--${name}`, flags[name]);
  if (region !== undefined) stsHost(region); // throws where it is none
  if (roleArn !== undefined && parseCallerArn(roleArn)?.type !== 'role') {
    throw usageError(
      '--role-arn: not the ARN of a role',
      'give one such as arn:aws:iam::111122223333:role/Name',
    );
  }
  if ((context === undefined) !== (cluster === undefined)) {
    throw usageError('only one of --context and --cluster', 'give both, for a context at that cluster');
  }
  const entries: Entry[] = [
    {
      list: 'users',
      name: user,
      member: 'user',
      value: execUser(flags.exec, flags.apiVersion, {
        ...flags,
        audience,
        exchange: flags.exchange !== undefined,
      }),
    },
  ];
  if (context !== undefined && cluster !== undefined) {
    entries.push({ list: 'contexts', name: context, member: 'context', value: { cluster, user } });
  }
  const path = pathOf(flags, env);
  const changed = changeFile(path, (text) => {
    let edited = new Kubeconfig(text, path);
    if (cluster !== undefined) edited.assertCluster(cluster);
    for (const entry of entries) edited = edited.with(entry, flags.replace === true);
    return edited.text;
  });
  say(
    changed
      ? `${path}: user ${user} signs in with ${flags.exec}${context === undefined ? '' : `: kubectl --context ${context}`}`
      : `${path}: unchanged, it has all of this`,
  );
}

/** The URL of the issuer, or else the audience. */
function signedFor(flags: KubeconfigFlags): string {
  const { exchange, exec, audience, clusterId, clusterName } = flags;
  if (exchange === undefined) return readAudience(flags);
  readIssuerUrl('--exchange', exchange);
  if ((audience ?? clusterId ?? clusterName) !== undefined) {
    throw usageError(
      'both --exchange and an audience',
      'the URL of the issuer is the audience, give it alone',
    );
  }
  if (exec === 'callerid') return exchange;
  throw usageError(`--exchange with --exec ${exec}, which exchanges nothing`, 'leave --exec out');
}

/** kubectl ends a line where we see none, at U+2028 for one: what follows would be an entry of its own. */
function assertPrintable(option: string, value: string | undefined): void {
  if (value === undefined || (value !== '' && !/[\p{C}\p{Zl}\p{Zp}]/u.test(value))) return;
  throw usageError(`${option}: empty, or with something that is not printable`, 'give a plain name');
}

/** As kubectl looks for it: the first file of the list that is there, else the last one of the list. */
function pathOf({ kubeconfig }: KubeconfigFlags, env: NodeJS.ProcessEnv): string {
  if (kubeconfig !== undefined) return kubeconfig;
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  return (
    listed.find((path) => existsSync(path)) ?? listed.at(-1) ?? join(env.HOME || homedir(), '.kube', 'config')
  );
}
