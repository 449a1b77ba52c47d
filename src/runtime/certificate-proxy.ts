/**
 * The client certificate of a request, as a proxy says that a deployment on Deno or Node names.
 *
 * @module
 */
import { BlockList, isIP } from 'node:net';
import * as v from 'valibot';
import { ConfigurationError } from '../errors/classes.ts';
import type { RequestContext } from '../http/routes.ts';
import type { ClientCertificate } from '../http/webhook.ts';
import { certificateForms, certificateInHeader } from './certificate-header.ts';
import { fieldOf } from './values.ts';
import type { Settings } from './webhook-settings.ts';

const variable = 'CALLERID_CLIENT_CERTIFICATE_PROXY';

const form = v.strictObject({
  addresses: v.pipe(v.array(v.string()), v.minLength(1)),
  // A name of its own: of some others Node keeps the first where there are several, and that may be the client's.
  header: v.pipe(v.string(), v.maxLength(64), v.regex(/^[a-z0-9-]*(?:cert|client)[a-z0-9-]*$/i)),
  form: v.picklist(certificateForms),
});

/**
 * Takes certificates from the proxy of the settings, and from nobody else.
 *
 * @param peerOf the address that a connection comes from
 * @returns undefined where neither a proxy nor a certificate is configured
 * @throws {ConfigurationError} where one of them is without the other, or the proxy is not named as it must be
 */
export function certificateFromProxy(
  { clientCertificateProxy, clusters }: Pick<Settings, 'clientCertificateProxy' | 'clusters'>,
  peerOf: (context: RequestContext) => string | undefined,
): ClientCertificate | undefined {
  const wanted = clusters.some(
    ({ apiServerAuth }) => apiServerAuth !== 'none' && apiServerAuth.certificateDigests.length > 0,
  );
  if (clientCertificateProxy === undefined) {
    if (!wanted) return undefined;
    throw wrong('not set, though the certificate of an API server is, and only a proxy can tell of it here');
  }
  const read = v.safeParse(form, clientCertificateProxy);
  if (!read.success) {
    throw wrong(`${fieldOf(read.issues[0], form)} is missing, unknown or of another form`);
  }
  if (!wanted) {
    throw new ConfigurationError(
      variable,
      'set, though no cluster has the certificate of an API server',
      'Set CALLERID_API_SERVER_CERTIFICATE_SHA256, or apiServerCertificateSha256 of a cluster; or remove it.',
    );
  }
  const { addresses, header, form: headerForm } = read.output;
  const isProxy = addressesOf(addresses);
  return async (context) =>
    isProxy(peerOf(context))
      ? certificateInHeader(headerForm, context.req.raw.headers.get(header))
      : undefined;
}

/** By what `isIP` says: what BlockList calls it, and the widest range, which no deployment's proxies fill. */
const families: Readonly<Record<number, { type: 'ipv4' | 'ipv6'; bits: number; widest: number }>> = {
  4: { type: 'ipv4', bits: 32, widest: 8 },
  6: { type: 'ipv6', bits: 128, widest: 32 },
};

/** An IPv4 address as a socket of IPv6 shows it. */
const mapped = /^::ffff:(?=[0-9.]+$)/i;

/** Each family is looked up in a list of its own, so that no range of IPv6 holds the mapped addresses of IPv4. */
function addressesOf(entries: readonly string[]): (peer: string | undefined) => boolean {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const entry of entries) {
    const [, address = '', prefix] = /^([0-9a-f.:]+)(?:\/([0-9]{1,3}))?$/i.exec(entry) ?? [];
    const family = families[isIP(address)];
    // In quotes, since it repeats a value: what anybody may read leaves them out.
    const named = `addresses holds ${JSON.stringify(entry)}, which is`;
    if (family === undefined) throw wrong(`${named} no IP address and no range of them`);
    const { type, bits, widest } = family;
    const length = Number(prefix ?? bits);
    if (length > bits) throw wrong(`${named} no range`);
    if (length < widest) throw wrong(`${named} wider than /${widest}`);
    // Mapped addresses are among those that begin with zeros, and of the others only this one is a host's.
    const canonical = type === 'ipv6' ? new URL(`http://[${address}]`).hostname : '';
    if (canonical.startsWith('[::') && canonical !== '[::1]') {
      throw wrong(`${named} an IPv4 address in the form of IPv6, or of no host`);
    }
    lists[type].addSubnet(address, length, type);
  }
  return (peer = '') => {
    const address = peer.replace(mapped, '');
    const family = families[isIP(address)];
    return family !== undefined && !address.includes('%') && lists[family.type].check(address, family.type);
  };
}

function wrong(problem: string): ConfigurationError {
  return new ConfigurationError(
    variable,
    problem,
    'Write {"addresses": ["10.0.0.5"], "header": "client-cert", "form": "rfc9440"}, with the addresses of the proxy alone; ' +
      `forms are ${certificateForms.join(', ')}.`,
  );
}
