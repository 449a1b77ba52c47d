/**
 * DescribeInstances: what EC2 knows of some instances, page by page.
 *
 * @module
 */
import type { Ec2OutageCode } from '../errors/ec2.ts';
import { type Refused, refuse } from '../errors/refusal.ts';
import { type Instance, type InstancePage, readInstances } from './answer.ts';
import { type Call, type CallOptions, callAws } from './call.ts';
import type { Credentials } from './sign.ts';

/** How many IDs one call takes: EC2 allows so many values of filters. */
export const maxBatch = 200;

/** Instances in a page. */
const pageSize = 50;
/** Four would do; a page may have fewer than it could, even none. */
const maxPages = 12;
/** An instance with 15 interfaces of 50 addresses each takes some 225 kB. */
const bytesPerInstance = 256 * 1024;
const otherBytes = 1024 * 1024;

export interface Region {
  readonly host: string;
  readonly region: string;
}

export type Described =
  /** Those that EC2 knows, by ID. */
  { readonly ok: true; readonly instances: ReadonlyMap<string, Instance> } | Refused<Ec2OutageCode>;

/**
 * Looks up instances by a filter, since an unknown ID in `InstanceId.N` would fail the others. An answer that names an
 * instance twice is none. Never throws.
 *
 * @param ids at most {@link maxBatch}, each the ID of an instance by its form
 */
export async function describeInstances(
  ids: readonly string[],
  { host, region }: Region,
  credentials: Credentials,
  options: CallOptions,
): Promise<Described> {
  const instances = new Map<string, Instance>();
  let nextToken: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const call: Call = {
      service: 'ec2',
      host,
      region,
      parameters: parametersOf(ids, nextToken),
      credentials,
      maxBytes: otherBytes + Math.min(ids.length, pageSize) * bytesPerInstance,
    };
    const answer = await callAws(call, options);
    if (!answer.ok) return answer;
    const read = readPage(answer.body);
    if (read === undefined) return refuse('ec2_answer_unexpected');
    for (const instance of read.instances) {
      if (instances.has(instance.instanceId)) return refuse('ec2_answer_unexpected');
      instances.set(instance.instanceId, instance);
    }
    nextToken = read.nextToken;
    if (nextToken === undefined) return { ok: true, instances };
  }
  return refuse('ec2_answer_unexpected');
}

function parametersOf(ids: readonly string[], nextToken: string | undefined): Call['parameters'] {
  return [
    ['Action', 'DescribeInstances'],
    ['Version', '2016-11-15'],
    ['MaxResults', String(pageSize)],
    ['Filter.1.Name', 'instance-id'],
    ...ids.map((id, index) => [`Filter.1.Value.${index + 1}`, id] as const),
    ...(nextToken === undefined ? [] : [['NextToken', nextToken] as const]),
  ];
}

function readPage(body: string): InstancePage | undefined {
  try {
    return readInstances(body);
  } catch {
    return undefined;
  }
}
