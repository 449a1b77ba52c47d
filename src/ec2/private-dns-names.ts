/**
 * Private DNS names of EC2 instances, for `{{EC2PrivateDNSName}}`.
 *
 * Who asks chose the ID, so an instance counts only where its owner is the account of the identity, and only while it
 * is pending or running.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { refuse } from '../errors/refusal.ts';
import { parseCallerArn } from '../identity/arn.ts';
import { ExpiringCache } from '../lib/expiring-cache.ts';
import { Flights, type TaskContext } from '../lib/flights.ts';
import { partitionOf, stsHost } from '../sts/endpoints.ts';
import { PARTITIONS } from '../sts/partitions.ts';
import { type Instance, isCredentials } from './answer.ts';
import { Batches } from './batches.ts';
import { withinDeadline } from './call.ts';
import { type Described, describeInstances, maxBatch, type Region } from './instances.ts';
import type { InstanceOf, PrivateDnsName, PrivateDnsNames } from './private-dns-name.ts';
import { RoleCredentials } from './role-credentials.ts';
import type { Credentials } from './sign.ts';

export interface PrivateDnsNamesOptions {
  /** Where the instances are, such as `eu-west-1`; its partition decides the domain. */
  readonly region: string;
  /** For `ec2:DescribeInstances`, or for `sts:AssumeRole` of the roles. */
  readonly credentials: Credentials;
  /** ARNs of roles to assume, one per account; instances of another account are asked for with `credentials`. */
  readonly roles?: readonly string[];
  /**
   * How long to wait for further look-ups before asking for all of them at once, in milliseconds. Only where work
   * outlives its request, which on Workers it does not. Default 0: each look-up by itself.
   */
  readonly batchMs?: number;
  /** For one look-up with all its calls, in milliseconds. Default 5000. */
  readonly deadlineMs?: number;
  /** What held names may weigh in memory, in bytes. Default 8 MiB. */
  readonly cacheBytes?: number;
  /** Default the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/** How long an answer is held, in milliseconds, and in how much memory what was not found: garbage never evicts the good. */
const foundMs = 60 * 60_000;
const refusedMs = 10_000;
const refusedBytes = 1024 * 1024;

/** States in which an instance may join a cluster. */
const living: ReadonlySet<string> = new Set(['pending', 'running']);

const dnsName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Makes the look-up of a deployment.
 *
 * @throws {ConfigurationError} where an option cannot work; no credentials are in the message.
 */
export function createPrivateDnsNames(options: PrivateDnsNamesOptions): PrivateDnsNames {
  return new Ec2PrivateDnsNames(options);
}

class Ec2PrivateDnsNames implements PrivateDnsNames {
  readonly #options: Required<Pick<PrivateDnsNamesOptions, 'fetch' | 'clock' | 'deadlineMs' | 'credentials'>>;
  readonly #region: Region;
  /** By account. */
  readonly #roles: ReadonlyMap<string, string>;
  readonly #roleCredentials: RoleCredentials;
  readonly #batches: Batches<Described>;
  readonly #flights: Flights<PrivateDnsName>;
  readonly #found: ExpiringCache<PrivateDnsName>;
  readonly #refused = new ExpiringCache<PrivateDnsName>(refusedBytes);

  constructor(options: PrivateDnsNamesOptions) {
    const {
      region,
      credentials,
      roles = [],
      batchMs = 0,
      deadlineMs = 5000,
      cacheBytes = 8 * 1024 * 1024,
    } = options;
    const { fetch = globalThis.fetch, clock = Date.now } = options;
    const partition = PARTITIONS.find(({ id }) => id === partitionOf(region));
    if (partition === undefined) {
      throw new ConfigurationError('region', 'is no AWS region', 'Use a name such as us-east-1.');
    }
    if (!isCredentials(credentials)) {
      throw new ConfigurationError(
        'credentials',
        'are not those of AWS',
        'Give an access key ID and its secret key.',
      );
    }
    this.#options = { fetch, clock, deadlineMs, credentials };
    this.#region = { host: `ec2.${region}.${partition.dnsSuffix}`, region };
    this.#roles = rolesByAccount(roles, partition.id);
    this.#roleCredentials = new RoleCredentials({
      ...this.#options,
      host: stsHost(region),
      region,
      deadlineMs: deadlineMs / 2, // so that whoever waited for a dead request has time left to ask by itself
    });
    this.#batches = new Batches(batchMs, maxBatch);
    this.#flights = new Flights(batchMs + deadlineMs);
    this.#found = new ExpiringCache(cacheBytes);
  }

  async find({ instanceId, account }: InstanceOf, context?: TaskContext): Promise<PrivateDnsName> {
    if (!/^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(instanceId)) return refuse('instance_id_malformed');
    const key = `${account}/${instanceId}`;
    const held = () => {
      const now = this.#options.clock();
      return this.#found.get(key, now) ?? this.#refused.get(key, now);
    };
    try {
      // Who waited for a dead leader may find what another follower has brought since.
      const work = async () => held() ?? this.#ask(key, instanceId, account, context);
      return held() ?? (await this.#flights.join(key, work, context));
    } catch {
      return refuse('ec2_answer_unexpected');
    }
  }

  async #ask(
    key: string,
    instanceId: string,
    account: string,
    context: TaskContext | undefined,
  ): Promise<PrivateDnsName> {
    const role = this.#roles.get(account);
    const askedAt = this.#options.clock();
    const described = await this.#batches.add(role ?? '', instanceId, (ids) =>
      this.#describe(ids, role, context),
    );
    if (!described.ok) return described;
    const answer = Object.freeze(judge(described.instances.get(instanceId), account));
    if (answer.ok) this.#found.set(key, answer, askedAt + foundMs);
    else this.#refused.set(key, answer, askedAt + refusedMs);
    return answer;
  }

  #describe(
    ids: readonly string[],
    role: string | undefined,
    context: TaskContext | undefined,
  ): Promise<Described> {
    const { fetch, clock, deadlineMs, credentials } = this.#options;
    return withinDeadline(deadlineMs, async (signal) => {
      if (role === undefined)
        return describeInstances(ids, this.#region, credentials, { fetch, clock, signal });
      const assumed = await this.#roleCredentials.get(role, context);
      if (!assumed.ok) return assumed;
      const described = await describeInstances(ids, this.#region, assumed.credentials, {
        fetch,
        clock,
        signal,
      });
      if (!described.ok && described.code === 'ec2_credentials_refused') this.#roleCredentials.forget(role);
      return described;
    });
  }
}

function judge(instance: Instance | undefined, account: string): PrivateDnsName {
  const isTheirs = instance?.ownerId === account && living.has(instance.state);
  if (!isTheirs || instance.privateDnsName === '') return refuse('instance_not_found');
  const { privateDnsName: name } = instance;
  return name.length <= 253 && dnsName.test(name) ? { ok: true, name } : refuse('instance_name_malformed');
}

function rolesByAccount(arns: readonly string[], partition: string): ReadonlyMap<string, string> {
  const roles = new Map<string, string>();
  for (const [index, arn] of arns.entries()) {
    const role = parseCallerArn(arn);
    const wrong =
      role?.type !== 'role'
        ? 'is not the ARN of a role'
        : role.partition !== partition
          ? 'is in another partition than the region'
          : roles.has(role.account)
            ? 'is the second role of its account'
            : undefined;
    if (role === undefined || wrong !== undefined) {
      throw new ConfigurationError(
        `roles[${index}]`,
        String(wrong),
        'Name one role per account, with its path.',
      );
    }
    roles.set(role.account, arn);
  }
  return roles;
}
