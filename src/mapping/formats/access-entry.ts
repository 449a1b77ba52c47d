/**
 * Reading EKS access entries, as `aws eks describe-access-entry` prints them, one or many.
 *
 * The list of `list-access-entries` holds ARNs only, so it can but tell which descriptions are missing.
 *
 * @module
 */
import { parseCallerArn } from '../../identity/arn.ts';
import {
  type Entry,
  type Findings,
  type ImportOptions,
  isObject,
  join,
  namedByArn,
  readNames,
} from './source.ts';

/** What EKS gives to the nodes of a type where the entry does not show it. */
interface NodeType {
  readonly username?: string;
  readonly groups: readonly string[];
}

const byInstance = 'system:node:{{EC2PrivateDNSName}}';
const bySession = 'system:node:{{SessionName}}';

/** Usernames as describe-access-entry shows them; for EC2 (Auto Mode) and HyperPod it has to. */
const nodeTypes: Readonly<Record<string, NodeType>> = {
  EC2_LINUX: { username: byInstance, groups: ['system:nodes'] },
  EC2_WINDOWS: { username: byInstance, groups: ['system:nodes', 'eks:kube-proxy-windows'] },
  FARGATE_LINUX: { username: bySession, groups: ['system:nodes', 'system:node-proxier'] },
  HYBRID_LINUX: { username: bySession, groups: ['system:nodes'] },
  HYPERPOD_LINUX: { groups: ['system:nodes'] },
  EC2: { groups: ['system:nodes'] },
};

const spelling = { role: 'principalArn', user: 'principalArn', groups: 'kubernetesGroups' };
const known = [
  ...['clusterName', 'principalArn', 'kubernetesGroups', 'accessEntryArn', 'createdAt', 'modifiedAt'],
  ...['tags', 'username', 'type'],
];

/** Collects entries, and what is said of all of them. */
export class AccessEntryReader {
  readonly entries: Entry[] = [];
  readonly #listed = new Map<string, string>();
  readonly #clusters = new Set<string>();
  readonly #findings: Findings;
  readonly #options: ImportOptions;

  constructor(findings: Findings, options: ImportOptions) {
    this.#findings = findings;
    this.#options = options;
  }

  /** The content of `accessEntry`. */
  describe(path: string, value: unknown): void {
    if (!isObject(value)) {
      this.#findings.issue(path, 'must be an object');
      return;
    }
    const { clusterName, principalArn, type = 'STANDARD' } = value;
    if (typeof clusterName === 'string') this.#clusters.add(clusterName);
    for (const name of Object.keys(value)) {
      if (!known.includes(name))
        this.#findings.note(path, `has ${name}, which callerid does not know: left out`);
    }
    if (type === 'STANDARD') this.#standard(path, value, principalArn);
    else if (typeof type === 'string') this.#node(path, value, type);
    else this.#findings.issue(join(path, 'type'), 'must be text');
  }

  #node(path: string, value: Readonly<Record<string, unknown>>, type: string): void {
    const { principalArn, kubernetesGroups } = value;
    const node = Object.hasOwn(nodeTypes, type) ? nodeTypes[type] : undefined;
    const username = value.username ?? node?.username;
    if (node === undefined || (username !== byInstance && username !== bySession)) {
      const why =
        node === undefined
          ? ', which callerid does not know'
          : ` with a username other than ${byInstance} or ${bySession}`;
      this.#findings.note(path, `is of the type ${type}${why}: left out`);
      this.entries.push({ path, rule: undefined, named: namedByArn(principalArn) });
      return;
    }
    const isBare = kubernetesGroups === undefined || kubernetesGroups === null || isEmpty(kubernetesGroups);
    if (isBare) {
      const message = `shows no groups: those that EKS gives to ${type} are written, ${node.groups.join(', ')}`;
      this.#findings.note(path, message);
    }
    this.#add(path, { role: principalArn }, { username, groups: isBare ? node.groups : kubernetesGroups });
  }

  #standard(path: string, { username, kubernetesGroups }: Record<string, unknown>, arn: unknown): void {
    const parsed = typeof arn === 'string' ? parseCallerArn(arn) : undefined;
    const isUser = parsed?.type === 'user' || parsed?.type === 'federated-user' || parsed?.type === 'root';
    const whom = isUser ? { user: arn } : { role: arn };
    const fallback = parsed?.type === 'role' ? sessionArn(parsed) : arn;
    this.#add(path, whom, { username: username ?? fallback, groups: kubernetesGroups });
  }

  #add(
    path: string,
    whom: { role: unknown } | { user: unknown },
    names: { username: unknown; groups: unknown },
  ): void {
    const read = readNames(path, names, this.#findings, this.#options, spelling);
    const named = namedByArn('role' in whom ? whom.role : whom.user);
    this.entries.push({ path, rule: { ...whom, ...read }, named, spelling });
  }

  /** The content of `accessEntries`: ARNs, or entries that somebody put together. */
  list(path: string, value: unknown): void {
    if (!Array.isArray(value)) {
      this.#findings.issue(path, 'must be a list');
      return;
    }
    for (const [index, item] of value.entries()) {
      const at = `${path}[${index}]`;
      if (typeof item === 'string') this.#listed.set(item, at);
      else this.describe(at, isObject(item) && Object.hasOwn(item, 'accessEntry') ? item.accessEntry : item);
    }
  }

  /** Says what holds for all; once, after the last document. */
  finish(): void {
    if (this.#clusters.size > 1) {
      this.#findings.issue('', `has access entries of several clusters: ${[...this.#clusters].join(', ')}`);
    }
    const described = new Set(
      this.entries.flatMap(({ rule }) => {
        const arn = rule?.role ?? rule?.user;
        return typeof arn === 'string' ? [arn.toLowerCase()] : [];
      }),
    );
    for (const { named } of this.entries) if (named !== undefined) described.add(named.key);
    const missing = [...this.#listed].filter(([arn]) => {
      return !described.has(arn.toLowerCase()) && !described.has(namedByArn(arn)?.key ?? arn);
    });
    const [first] = missing;
    if (first !== undefined) {
      const [arn, path] = first;
      const others = missing.length > 1 ? ` and ${missing.length - 1} others` : '';
      this.#findings.issue(
        path,
        `list-access-entries gives ARNs only, and ${arn}${others} is not described: put the output of aws eks describe-access-entry --cluster-name CLUSTER --principal-arn ARN for each of them into one file`,
      );
    }
    if (this.entries.length === 0) return;
    this.#findings.note(
      '',
      'access policies of EKS (list-associated-access-policies), such as AmazonEKSClusterAdminPolicy, are not in this output and do not carry over: bind roles to the groups or usernames instead',
    );
    this.#findings.note(
      '',
      'EKS pins each access entry to the unique ID of its principal, which is not in this output: set principalId to keep out a principal that was deleted and created anew',
    );
  }
}

/** The username that EKS gives where none was chosen. */
function sessionArn({
  partition,
  account,
  name,
}: {
  partition: string;
  account: string;
  name: string;
}): string {
  return `arn:${partition}:sts::${account}:assumed-role/${name}/{{SessionName}}`;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
