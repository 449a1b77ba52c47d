/**
 * The kubeconfig that an API server has for its webhook (`--authentication-token-webhook-config-file`), read as the API
 * server reads it. Nothing of its contents gets into a message: the secret is among it.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { parseDocument } from 'yaml';
import { member } from '../lib/json.ts';
import { type CommandError, usageError } from './exit-codes.ts';
import { readInput } from './input.ts';

/** Where the webhook is, whom the API server trusts to be it, and what it proves itself with. */
export interface WebhookKubeconfig {
  readonly server: URL;
  /** The only CAs that are trusted, in PEM; undefined where those of the system are. */
  readonly ca: string | undefined;
  /** The name that the certificate has to have, where it is not that of the URL. */
  readonly serverName: string | undefined;
  readonly skipsVerification: boolean;
  readonly token: string | undefined;
  /** Of a client, in PEM. */
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
}

const maxBytes = 1024 * 1024;

/** The members of a user that are no credential which callerid takes. */
const otherCredentials = ['username', 'password', 'exec', 'auth-provider', 'as'];

/**
 * Reads the file.
 *
 * @param option how the command line names it, for messages
 * @throws {CommandError} that says which field is wrong
 */
export async function readWebhookKubeconfig(path: string, option: string): Promise<WebhookKubeconfig> {
  const text = await readInput(path, { what: `${option}: the kubeconfig`, maxBytes });
  const reader = new Reader(option, path === '-' ? '.' : dirname(path));
  const config = reader.parse(text);
  const current = reader.text(config, 'current-context');
  if (current === undefined)
    throw reader.wrong('current-context', 'not set', 'name the context of the webhook');
  const context = reader.named(config, 'contexts', 'context', current);
  const named = (field: string) => reader.text(context.value, field, context.path) ?? '';
  const cluster = reader.named(config, 'clusters', 'cluster', named('cluster'));
  const user = named('user') === '' ? undefined : reader.named(config, 'users', 'user', named('user'));
  return { ...readCluster(cluster, reader), ...readUser(user, reader) };
}

/** An object in the file, and where it stands. */
interface Place {
  readonly value: unknown;
  readonly path: string;
}

function readCluster(
  { value, path }: Place,
  reader: Reader,
): Omit<WebhookKubeconfig, 'token' | 'certificate'> {
  const url = URL.parse(reader.text(value, 'server', path) ?? '');
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw reader.wrong(
      `${path}.server`,
      'not a URL',
      'give one such as https://callerid.example.com/authenticate',
    );
  }
  const ca = reader.pem(value, 'certificate-authority', path);
  if (ca !== undefined && !isUsable(() => new X509Certificate(ca))) {
    throw reader.wrong(`${path}.certificate-authority`, 'no certificate in PEM', 'give that of the CA');
  }
  if (reader.text(value, 'proxy-url', path) !== undefined) {
    const fix = 'take it out of a copy of the file, and set HTTPS_PROXY and NODE_USE_ENV_PROXY=1';
    throw reader.wrong(`${path}.proxy-url`, 'not understood here', fix);
  }
  const skips = member(value, 'insecure-skip-tls-verify') ?? false;
  if (typeof skips !== 'boolean') {
    throw reader.wrong(`${path}.insecure-skip-tls-verify`, 'not true or false', 'remove it');
  }
  return {
    server: url,
    ca,
    serverName: reader.text(value, 'tls-server-name', path),
    skipsVerification: skips,
  };
}

function readUser(user: Place | undefined, reader: Reader): Pick<WebhookKubeconfig, 'token' | 'certificate'> {
  if (user === undefined) return { token: undefined, certificate: undefined };
  const { value, path } = user;
  const other = otherCredentials.find((name) => member(value, name) !== undefined);
  if (other !== undefined) {
    const fix = 'give a token, or a client certificate with its key';
    throw reader.wrong(`${path}.${other}`, 'no credential that callerid takes', fix);
  }
  // as client-go has it, the file goes before the token beside it
  const tokenFile = reader.text(value, 'tokenFile', path);
  const token =
    tokenFile === undefined
      ? reader.text(value, 'token', path)
      : reader.file(tokenFile, `${path}.tokenFile`).trim();
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    const field = tokenFile === undefined ? 'token' : 'tokenFile';
    throw reader.wrong(`${path}.${field}`, 'not printable ASCII without spaces', 'give the bare secret');
  }
  const cert = reader.pem(value, 'client-certificate', path);
  const key = reader.pem(value, 'client-key', path);
  if (cert === undefined && key === undefined) return { token, certificate: undefined };
  if (cert === undefined || key === undefined) {
    throw reader.wrong(path, 'only one of client-certificate and client-key', 'give both');
  }
  if (!isUsable(() => createSecureContext({ cert, key }))) {
    const fix = 'give both in PEM, the key without a password';
    throw reader.wrong(`${path}.client-certificate`, 'no certificate with its own private key', fix);
  }
  return { token, certificate: { cert, key } };
}

function isUsable(use: () => unknown): boolean {
  try {
    use();
    return true;
  } catch {
    return false;
  }
}

/** Reads fields, and says where a wrong one stands. */
class Reader {
  readonly #option: string;
  readonly #directory: string;

  constructor(option: string, directory: string) {
    this.#option = option;
    this.#directory = directory;
  }

  wrong(path: string, problem: string, fix: string): CommandError {
    return usageError(`${this.#option}: ${path}: ${problem}`, fix);
  }

  parse(text: string): unknown {
    const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: true });
    const [problem] = document.errors;
    const { line, col } = problem?.linePos?.[0] ?? { line: 1, col: 1 };
    // the words of the parser would quote the file
    if (problem !== undefined)
      throw this.wrong(`line ${line}, column ${col}`, 'not YAML', 'correct it there');
    try {
      const value: unknown = document.toJS({ maxAliasCount: 20 });
      if (member(value, 'kind') === 'Config') return value;
    } catch {
      // too many aliases, or broken ones
    }
    throw this.wrong('kind', 'not a kubeconfig (kind: Config)', 'is it the right file?');
  }

  text(value: unknown, name: string, path = ''): string | undefined {
    const found = member(value, name) ?? undefined;
    if (found === undefined || found === '') return undefined;
    if (typeof found === 'string') return found;
    throw this.wrong(`${path && `${path}.`}${name}`, 'not text', 'put it into quotes');
  }

  /** The entry of a list by its name, and of it the member that counts. */
  named(config: unknown, list: string, kind: string, name: string): Place {
    const entries = member(config, list);
    const index = Array.isArray(entries) ? entries.findIndex((one) => member(one, 'name') === name) : -1;
    if (index === -1) throw this.wrong(list, `none has the name that is used`, `add it, or correct the name`);
    return { value: member((entries as unknown[])[index], kind), path: `${list}[${index}].${kind}` };
  }

  /** PEM in the field `NAME-data`, or else in the file that `NAME` names. */
  pem(value: unknown, name: string, path: string): string | undefined {
    const data = this.text(value, `${name}-data`, path);
    if (data !== undefined) {
      if (/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(data)) return Buffer.from(data, 'base64').toString('utf8');
      throw this.wrong(`${path}.${name}-data`, 'not base64', 'put the PEM through base64 -w 0');
    }
    const file = this.text(value, name, path);
    return file === undefined ? undefined : this.file(file, `${path}.${name}`);
  }

  /** Relative paths are relative to the kubeconfig. */
  file(path: string, field: string): string {
    try {
      return readFileSync(resolve(this.#directory, path), 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw this.wrong(field, `the file cannot be read (${code})`, 'name a file that can be');
    }
  }
}
