/**
 * The ExecCredential of `client.authentication.k8s.io`: what kubectl expects of a credential plugin.
 *
 * @module
 */
import { usageError } from '../exit-codes.ts';

const group = 'client.authentication.k8s.io';
const versions = [`${group}/v1`, `${group}/v1beta1`];
const fallback = `${group}/v1beta1`;

/**
 * The version to answer with. Older clients do not ask, and take v1beta1.
 *
 * @param info the value of KUBERNETES_EXEC_INFO, an ExecCredential in JSON
 */
export function execApiVersion(info: string | undefined): string {
  if (info === undefined || info === '') return fallback;
  let apiVersion: unknown;
  try {
    apiVersion = (JSON.parse(info) as { apiVersion?: unknown } | null)?.apiVersion;
  } catch {
    apiVersion = undefined;
  }
  if (typeof apiVersion !== 'string') {
    throw usageError('KUBERNETES_EXEC_INFO is not an ExecCredential', 'kubectl sets it; unset it elsewhere');
  }
  if (versions.includes(apiVersion)) return apiVersion;
  const asked = /^[\w./-]{1,100}$/.test(apiVersion) ? apiVersion : 'an unknown version';
  throw usageError(
    `KUBERNETES_EXEC_INFO asks for ${asked}`,
    `set apiVersion in the kubeconfig to ${versions.join(' or ')}`,
  );
}

/** The ExecCredential with a token. */
export function execCredential(apiVersion: string, token: string, expiresAt: Date): string {
  const expirationTimestamp = `${expiresAt.toISOString().slice(0, 19)}Z`;
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion,
    spec: {},
    status: { expirationTimestamp, token },
  });
}
