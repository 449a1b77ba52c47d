/**
 * A deployed webhook, as the API server that has this kubeconfig sees it.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { hasDigest, isAmong } from '../../http/bearer.ts';
import { member } from '../../lib/json.ts';
import { isLoopback } from '../../lib/loopback.ts';
import type { Settings } from '../../runtime/settings.ts';
import { shown } from '../text.ts';
import type { WebhookKubeconfig } from '../webhook-kubeconfig.ts';
import { certificateFinding } from './certificate.ts';
import { clockFinding } from './clock.ts';
import { Examination, type Finding, fail, ok, skip, warn } from './examination.ts';
import { isTimeout, unreached } from './network.ts';
import { signedFinding } from './signed-finding.ts';
import { type WebhookAnswer, type WebhookRequest, webhookCaller } from './webhook-call.ts';
import { foreignFinding, malformedFinding, reviewCalls, unprovenFinding } from './webhook-findings.ts';

export interface WebhookOptions {
  readonly config: WebhookKubeconfig;
  readonly timeoutMs: number;
  /** Those of this environment, where there are any. */
  readonly settings: Settings | undefined;
  /** How far STS's clock is ahead of this machine's, in milliseconds. */
  readonly stsOffsetMs: number | undefined;
  /** Signs a real token; undefined where none is to be. */
  readonly sign: (() => Promise<string>) | undefined;
}

const trustFix = 'put the CA of its certificate into certificate-authority-data of the kubeconfig';

/** `/authenticate`, or `/clusters/ID/authenticate`, below any path. */
const reviewPath = /^(?<base>.*?)(?:\/clusters\/(?<cluster>[^/]+))?\/authenticate$/;

/** Looks at the connection, the health, the credential, the answers, and the clock. */
export async function examineWebhook(options: WebhookOptions): Promise<Examination> {
  const { config, timeoutMs, settings, sign } = options;
  const { base = '', cluster = settings?.defaultCluster } =
    reviewPath.exec(config.server.pathname)?.groups ?? {};
  const examination = new Examination(`the webhook ${shown(config.server.href)}`);
  const check = examination.check.bind(examination);
  const send = webhookCaller(config, timeoutMs);
  let last: WebhookAnswer | undefined;
  const call = async (request: WebhookRequest): Promise<WebhookAnswer> => {
    try {
      last = await send(request);
      return last;
    } catch (error) {
      throw unreached(error, trustFix);
    }
  };
  const reviews = reviewCalls(call, config);

  await check('kubeconfig', [], () => kubeconfigFinding(config));
  await check('verification', [], () => verificationFinding(config));
  if (config.certificate !== undefined) {
    const { validFrom, validTo } = new X509Certificate(config.certificate.cert);
    const validity = { from: Date.parse(validFrom), to: Date.parse(validTo) };
    await check('client certificate', [], () => certificateFinding(validity, Date.now()));
  }
  await check('known here', ['kubeconfig'], () => knownFinding(config, settings, cluster));
  await check('connection', [], async () => {
    if (isPlain(config) && !isLoopback(config.server.hostname))
      return skip('because of plain HTTP, over which doctor sends no secret');
    const { tls, durationMs } = await call({ path: `${base}/healthz`, withCertificate: true });
    return ok(`${tls === undefined ? 'plain HTTP' : tls.protocol}, answered within ${durationMs} ms`);
  });
  const health = last;
  await check('certificate', ['connection'], () => {
    const validity = health?.tls?.validity;
    return validity === undefined ? skip('because of plain HTTP') : certificateFinding(validity, Date.now());
  });
  await check('/healthz', ['connection'], () => healthFinding(health));
  await check('/readyz', ['connection'], async () => {
    return readinessFinding(await call({ path: `${base}/readyz`, withCertificate: true }));
  });
  await check('credential', ['kubeconfig', 'connection'], () => {
    if (config.token === undefined && config.certificate === undefined) return noCredential;
    return reviews.foreign('authentication.k8s.io/v1', foreignFinding);
  });
  await check('no credential', ['kubeconfig', 'connection'], () =>
    refusedFinding(() => reviews.withoutProof(send)),
  );
  await check('wrong credential', ['kubeconfig', 'connection'], () =>
    refusedFinding(() => reviews.withoutProof(send, `doctor-${crypto.randomUUID()}`)),
  );
  await check('TokenReview v1beta1', ['credential'], () =>
    reviews.foreign('authentication.k8s.io/v1beta1', foreignFinding),
  );
  await check('malformed token', ['credential'], () => reviews.malformed(malformedFinding));
  await check('clock', ['connection'], () => clockOf(last, options.stsOffsetMs));
  await check('signed token', ['credential'], async () => {
    if (sign === undefined) return skip('because --sign is not given');
    return signedFinding(await reviews.of(await sign()));
  });
  return examination;
}

/** A server that asks for a client certificate may end the connection of whoever has none. */
async function refusedFinding(ask: () => Promise<WebhookAnswer>): Promise<Finding> {
  let answer: WebhookAnswer;
  try {
    answer = await ask();
  } catch (error) {
    // that there is a way in has been seen
    if (isTimeout(error)) throw unreached(error, trustFix);
    return ok('refused: the connection is ended');
  }
  return unprovenFinding(answer);
}

function kubeconfigFinding({ server, ca, token, certificate }: WebhookKubeconfig): Finding {
  if (!reviewPath.test(server.pathname)) {
    const fix = 'end it with /authenticate, or with /clusters/ID/authenticate';
    return fail('its server is no URL of callerid', fix);
  }
  const proof = [token && 'a bearer token', certificate && 'a client certificate']
    .filter(Boolean)
    .join(' and ');
  return ok(`${proof || 'no credential'}; ${ca === undefined ? "the system's CAs" : 'a CA of its own'}`);
}

const noCredential = fail(
  'the kubeconfig holds none',
  'give the user that the context names a token, or a client certificate with its key',
);

function isPlain({ server }: WebhookKubeconfig): boolean {
  return server.protocol === 'http:';
}

function verificationFinding(config: WebhookKubeconfig): Finding {
  if (config.skipsVerification) {
    const seen = 'insecure-skip-tls-verify is set: whoever is on the way lets in whom they like';
    return fail(
      seen,
      'remove it, and put the CA into certificate-authority-data (doctor verifies all the same)',
    );
  }
  if (!isPlain(config)) return ok('the API server verifies the certificate');
  const fix = 'use https://';
  if (isLoopback(config.server.hostname)) return warn('plain HTTP, on this machine', fix);
  return fail('plain HTTP: secrets and tokens can be read, and answers be forged, on the way', fix);
}

/** Whether this environment, where it is that of the webhook, knows the secret. */
async function knownFinding(
  { token, certificate }: WebhookKubeconfig,
  settings: Settings | undefined,
  cluster: string | undefined,
): Promise<Finding> {
  if (settings === undefined) return skip('because there are no settings here to compare with');
  const served = settings.clusters.find(({ id }) => id === cluster);
  if (served === undefined) return skip('because the settings here are of no such cluster');
  const { apiServerAuth } = served;
  if (apiServerAuth === 'none')
    return fail('the settings here ask for none: anybody may ask', 'set CALLERID_API_SERVER_SECRET_SHA256');
  const { secretDigests, certificateDigests } = apiServerAuth;
  const isKnown =
    (token !== undefined && (await hasDigest(token, secretDigests))) ||
    (certificate !== undefined && isAmong(fingerprintOf(certificate.cert), certificateDigests));
  if (isKnown) return ok(`the settings here know the credential, for ${served.id}`);
  if (token === undefined && certificate === undefined)
    return skip('because the kubeconfig has no credential');
  const fix =
    'set CALLERID_API_SERVER_SECRET_SHA256 to its digest, or CALLERID_API_SERVER_CERTIFICATE_SHA256 to its fingerprint; or unset all CALLERID_ variables, if they are not of this webhook';
  return warn(`the settings here do not know the credential, for ${served.id}`, fix);
}

function fingerprintOf(cert: string): Uint8Array {
  return Buffer.from(new X509Certificate(cert).fingerprint256.replaceAll(':', ''), 'hex');
}

function healthFinding(answer: WebhookAnswer | undefined): Finding {
  if (answer?.status === 200 && answer.text === 'ok') return ok('ok');
  const fix = 'check that callerid is behind this URL, and what stands before it';
  return fail(`answers ${answer?.status}, where 200 and ok were expected`, fix);
}

function readinessFinding({ status, json }: WebhookAnswer): Finding {
  const found = member(json, 'problems');
  const problems = (Array.isArray(found) ? found : []).map((one) => shown(String(one))).slice(0, 5);
  const fix = 'see docs/codes.md; the log of the webhook says more';
  if (status === 200 && member(json, 'ready') === true) {
    return problems.length === 0
      ? ok('a policy for every cluster')
      : warn('ready, with problems', fix, problems);
  }
  const missing = problems.some((one) => one.startsWith('policy_missing'));
  const apply =
    'put a policy there: callerid policy apply FILE -m WHY --cluster ID, with --server URL where it has the admin API, or with --store file:DIRECTORY on its machine';
  return fail(`not ready (${status})`, missing ? apply : fix, problems);
}

/** By STS where that told the time, since this machine's clock may be the wrong one. */
function clockOf(answer: WebhookAnswer | undefined, stsOffsetMs: number | undefined): Finding {
  const offset = answer?.offsetMs;
  const ahead = offset === undefined ? undefined : offset - (stsOffsetMs ?? 0);
  return clockFinding(ahead, 'the webhook', stsOffsetMs === undefined ? 'this machine' : 'STS');
}
