/**
 * What `callerid init` does.
 *
 * @module
 */
import { stringify } from 'yaml';
import { isLoopback } from '../../lib/loopback.ts';
import { isClusterId } from '../../policy/record.ts';
import { couldBeEksClusterName } from '../../token/audience.ts';
import { usageError } from '../exit-codes.ts';
import { print, say } from '../output.ts';
import { readWebhookKubeconfig } from '../webhook-kubeconfig.ts';
import { writeNewFile } from '../write-file.ts';
import {
  type Credential,
  credentialOf,
  newSecret,
  readCertificate,
  settingOf,
  userOf,
} from './credential.ts';
import { readCa } from './pem.ts';

/** The options of the command line. */
export interface InitFlags {
  readonly cluster?: string;
  readonly url?: string;
  readonly ca?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly rotate?: string;
  readonly output: 'text' | 'json';
}

/** Where the webhook is, and by what it proves itself to the API server. */
interface Webhook {
  readonly server: string;
  /** In PEM. */
  readonly ca: string | undefined;
  readonly serverName?: string | undefined;
}

type Settings = Readonly<Record<string, string>>;

/** Writes the file, and prints the settings. */
export async function init(file: string, flags: InitFlags): Promise<void> {
  const credential = await credentialFrom(flags);
  const { webhook, settings } =
    flags.rotate === undefined
      ? await firstOne(flags, credential)
      : await nextOne(flags.rotate, flags, credential);
  writeNewFile(file, stringify(kubeconfig(webhook, credential), { lineWidth: 0 }));
  if (flags.output === 'json') print(JSON.stringify({ file, settings }, null, 2));
  else for (const [name, value] of Object.entries(settings)) print(`${name}=${value}`);
  for (const line of nextSteps(file, flags)) say(line);
}

async function firstOne(
  { cluster, url, ca }: InitFlags,
  credential: Credential,
): Promise<{ webhook: Webhook; settings: Settings }> {
  if (cluster === undefined) throw usageError('no cluster', 'give --cluster, the ID that clients sign');
  if (!isClusterId(cluster)) {
    throw usageError('--cluster: not the ID of a cluster', 'use letters, digits and . _ -, at most 100');
  }
  if (url === undefined) {
    throw usageError('no URL', 'give --url, where the API server finds the deployment');
  }
  const webhook = { server: serverOf(url, cluster), ca: ca === undefined ? undefined : await readCa(ca) };
  if (couldBeEksClusterName(cluster)) {
    say(
      'warning: an EKS cluster could have this name, and whoever receives a token could replay it there; use an ID with a dot in it',
    );
  }
  const [name, value] = settingOf(credential);
  return { webhook, settings: { CALLERID_CLUSTER: cluster, [name]: value } };
}

/** From a file that is in use: the credentials of both are set. */
async function nextOne(
  path: string,
  flags: InitFlags,
  credential: Credential,
): Promise<{ webhook: Webhook; settings: Settings }> {
  const stray = (['cluster', 'url', 'ca'] as const).find((name) => flags[name] !== undefined);
  if (stray !== undefined)
    throw usageError(`--${stray} with --rotate`, 'it comes from the file, leave it out');
  const old = await readWebhookKubeconfig(path, '--rotate');
  if (old.skipsVerification) {
    throw usageError(
      '--rotate: insecure-skip-tls-verify is set: whoever is on the way gets the secret and every token',
      'remove it, and name the CA of the deployment',
    );
  }
  assertScheme('--rotate: server', old.server);
  const { id } = reviewPath.exec(old.server.pathname)?.groups ?? {};
  const settings: Record<string, string> = id === undefined ? {} : { CALLERID_CLUSTER: id };
  for (const one of [credentialOf(old), credential]) {
    if (one === undefined) {
      throw usageError('--rotate: the file has no credential', 'make the first one without --rotate');
    }
    const [name, value] = settingOf(one);
    if (settings[name] === value) {
      throw usageError(
        '--rotate: the file has this very certificate',
        'give another with --client-certificate',
      );
    }
    settings[name] = settings[name] === undefined ? value : `${settings[name]},${value}`;
  }
  const { server, ca, serverName } = old;
  return { webhook: { server: server.href, ca, serverName }, settings };
}

async function credentialFrom({ clientCertificate, clientKey }: InitFlags): Promise<Credential> {
  if (clientCertificate === undefined && clientKey === undefined) return newSecret();
  if (clientCertificate !== undefined && clientKey !== undefined) {
    return readCertificate(clientCertificate, clientKey);
  }
  throw usageError('only one of --client-certificate and --client-key', 'give both');
}

/** As the webhook has its routes, below any path. */
const reviewPath = /^(?:\/[^/]+)*?(?:\/clusters\/(?<id>[^/]+))?\/authenticate$/;

/** The route of one cluster does for every cluster of a deployment, the default one too. */
function serverOf(text: string, cluster: string): string {
  const url = URL.parse(text);
  assertScheme('--url', url);
  if (url.username || url.password || url.search || url.hash) {
    throw usageError('--url: more than a host and a path', 'leave out user, query and fragment');
  }
  if (url.pathname === '/') url.pathname = `/clusters/${cluster}/authenticate`;
  const { id } = reviewPath.exec(url.pathname)?.groups ?? { id: undefined };
  if (!reviewPath.test(url.pathname) || (id !== undefined && id !== cluster)) {
    throw usageError(
      '--url: not where this cluster is reviewed',
      `leave the path out, or end it with /authenticate or /clusters/${cluster}/authenticate`,
    );
  }
  return url.href;
}

/** Plain HTTP would show the secret, and every token, to whoever is on the way. */
function assertScheme(where: string, url: URL | null): asserts url is URL {
  const { protocol, hostname } = url ?? {};
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname ?? ''))) return;
  throw usageError(`${where}: not an https:// URL`, 'give one such as https://callerid.example.com');
}

function kubeconfig({ server, ca, serverName }: Webhook, credential: Credential): object {
  const cluster = {
    server,
    ...(serverName !== undefined && { 'tls-server-name': serverName }),
    ...(ca !== undefined && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'callerid', cluster }],
    users: [{ name: 'api-server', user: userOf(credential) }],
    contexts: [{ name: 'callerid', context: { cluster: 'callerid', user: 'api-server' } }],
    'current-context': 'callerid',
  };
}

function nextSteps(file: string, { rotate }: InitFlags): string[] {
  return rotate === undefined
    ? [
        'set these for the deployment; on Workers, the digest with wrangler secret put',
        `start the API server with --authentication-token-webhook-config-file=${file} --authentication-token-webhook-version=v1`,
      ]
    : [
        'set these for the deployment, beside what it has of other clusters',
        `give ${file} to the API server and restart it`,
        'then leave the first digest out, or the variable of the old credential where there are two',
      ];
}
