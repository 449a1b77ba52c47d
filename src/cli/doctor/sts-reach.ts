/**
 * Whether STS can be reached from here, at every endpoint that a deployment takes.
 *
 * @module
 */
import { mapLimited } from '../../lib/map-limited.ts';
import { readAnswer } from '../../sts/answer.ts';
import { createEndpointResolver, type EndpointOptions, stsHost } from '../../sts/endpoints.ts';
import { PARTITIONS } from '../../sts/partitions.ts';
import { median } from './clock.ts';
import { type Finding, fail, ok } from './examination.ts';
import { unreached } from './network.ts';
import { exchangeWithSts, nobodysAudience, unsignedUrl } from './sts-exchange.ts';

export interface StsReach {
  readonly finding: Finding;
  /** How far STS's clock is ahead of this machine's, in milliseconds. */
  readonly offsetMs: number | undefined;
}

interface Probe {
  readonly host: string;
  readonly durationMs?: number;
  readonly offsetMs?: number | undefined;
  /** Undefined where it answered as STS does. */
  readonly problem?: { readonly seen: string; readonly fix: string };
}

/** Requests at a time. */
const concurrency = 8;
const shownProblems = 5;

/** Asks each of them without a signature, which STS refuses in a known way. */
export async function reachSts(endpoints: EndpointOptions, timeoutMs: number): Promise<StsReach> {
  const probes = await mapLimited(hostsInUse(endpoints), concurrency, (host) => probe(host, timeoutMs));
  const offsets = probes.map(({ offsetMs }) => offsetMs).filter((offset) => offset !== undefined);
  return { finding: findingOf(probes), offsetMs: median(offsets) };
}

/** The plain name of each region in use, the global one, and those that the deployment adds. */
export function hostsInUse(endpoints: EndpointOptions): string[] {
  const resolve = createEndpointResolver(endpoints);
  const partition = PARTITIONS.find(({ id }) => id === (endpoints.partition ?? 'aws'));
  const regions = endpoints.regions ?? partition?.regions.split(' ') ?? [];
  const names = regions.map((region) => stsHost(region));
  const taken = [...names, ...(partition?.global ? [partition.global.host] : [])].filter(
    (host) => !('ok' in resolve(host)),
  );
  return [...new Set([...taken, ...(endpoints.hosts ?? []).map(({ host }) => host)])];
}

async function probe(host: string, timeoutMs: number): Promise<Probe> {
  try {
    const answer = await exchangeWithSts(unsignedUrl(host), { audience: nobodysAudience, timeoutMs });
    const { status, contentType, body, offsetMs, durationMs } = answer;
    const read = readAnswer(status, contentType, body);
    const isKnown = read.kind === 'refused' && read.refusal.code === 'sts_authentication_missing';
    if (isKnown && status === 403) return { host, durationMs, offsetMs };
    const problem = {
      seen: `answers ${status} where STS says 403 MissingAuthenticationToken`,
      fix: 'check what answers in its place: a proxy, a captive portal, or the DNS',
    };
    return { host, problem };
  } catch (error) {
    const trustFix = 'where a proxy opens TLS, put its CA into NODE_EXTRA_CA_CERTS';
    const { what: seen, fix } = unreached(error, trustFix);
    return { host, problem: { seen, fix } };
  }
}

function findingOf(probes: readonly Probe[]): Finding {
  const failed = probes.flatMap(({ host, problem }) => (problem === undefined ? [] : { host, ...problem }));
  const [first, ...rest] = failed;
  if (first === undefined) {
    const [last] = probes.toSorted((a, b) => (b.durationMs ?? 0) - (a.durationMs ?? 0));
    const time = `in ${last?.durationMs} ms`;
    if (probes.length === 1) return ok(`${last?.host} answered ${time}`);
    return ok(`${probes.length} endpoints answered, ${last?.host} last, ${time}`);
  }
  const more = rest.slice(0, shownProblems - 1).map(({ host, seen }) => `${host}: ${seen}`);
  const left = failed.length - shownProblems;
  const narrow = 'or take those regions out of use with CALLERID_REGIONS';
  return fail(
    `${failed.length} of ${probes.length} endpoints: ${first.host}: ${first.seen}`,
    failed.length < probes.length ? `${first.fix}; ${narrow}` : first.fix,
    left > 0 ? [...more, `and ${left} more`] : more,
  );
}
