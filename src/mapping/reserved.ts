/**
 * Names that Kubernetes, EKS and the reference keep for themselves.
 *
 * A name may begin with a reserved prefix only if the literal text before its first variable already does, and the rule
 * says so. So no caller can choose a session name that turns into one, and nobody writes one without seeing it.
 *
 * @module
 */
import type { ReservedUse } from './rule.ts';

/** aws-iam-authenticator keeps the same list for its dynamic backends, and `system:` is Kubernetes' own. */
export const reservedPrefixes: readonly string[] = ['system:', 'eks:', 'aws:', 'amazon:', 'iam:'];

const longestPrefix = Math.max(...reservedPrefixes.map(({ length }) => length));

/** Whoever is in it may do everything. */
export const mastersGroup = 'system:masters';

const nodeUsername = 'system:node:{{EC2PrivateDNSName}}';
const sessionNodeUsername = 'system:node:{{SessionName}}';

/** What nodes get: kubeadm's two, and those of EKS for Fargate and for Windows. */
const nodeGroups: ReadonlySet<string> = new Set([
  'system:bootstrappers',
  'system:nodes',
  'system:node-proxier',
  'eks:kube-proxy-windows',
]);

/** Whether a name, or the head of a template, begins with a reserved prefix in any case. */
export function isReserved(name: string): boolean {
  const head = name.slice(0, longestPrefix);
  if (!head.includes(':')) return false; // every prefix ends with one, and hardly any name has one so early
  const lower = head.toLowerCase();
  return reservedPrefixes.some((prefix) => lower.startsWith(prefix));
}

interface Names {
  readonly username: string;
  readonly groups: readonly string[];
  readonly reserved?: ReservedUse | undefined;
  readonly acknowledgeSessionNode?: boolean | undefined;
}

/** What a rule needs to say in `reserved` for its names as written; undefined where nothing or nothing less than custom. */
export function reservedUseOf(names: Names): 'node' | 'masters' | undefined {
  const candidates = ['node', 'masters'] as const;
  if (reservedProblem({ ...names, reserved: undefined }) === undefined) return undefined;
  return candidates.find((reserved) => reservedProblem({ ...names, reserved }) === undefined);
}

/** The first name that the rule may not give, as field and message. */
export function reservedProblem(rule: Names): { path: string; message: string } | undefined {
  if (rule.reserved === 'custom') return undefined;
  if (rule.reserved === 'node') return nodeProblem(rule);
  if (isReserved(rule.username)) {
    const isNode = rule.username === nodeUsername || rule.username === sessionNodeUsername;
    return { path: 'username', message: explain(rule.username, isNode ? 'node' : 'custom') };
  }
  for (const [index, group] of rule.groups.entries()) {
    if (!isReserved(group)) continue;
    if (group === mastersGroup && rule.reserved === 'masters') continue;
    const use = group === mastersGroup ? 'masters' : 'custom';
    return { path: `groups[${index}]`, message: explain(group, use) };
  }
  return undefined;
}

function nodeProblem(rule: Names): { path: string; message: string } | undefined {
  if (rule.username === sessionNodeUsername && !rule.acknowledgeSessionNode) {
    const message =
      'whoever may assume the role chooses the node name; set acknowledgeSessionNode: true if the trust policy of the role pins session names';
    return { path: 'username', message };
  }
  if (rule.username !== nodeUsername && rule.username !== sessionNodeUsername) {
    return { path: 'username', message: `with reserved: node the username is ${nodeUsername}` };
  }
  const other = rule.groups.findIndex((group) => !nodeGroups.has(group));
  if (other < 0) return undefined;
  return {
    path: `groups[${other}]`,
    message: `with reserved: node the groups are among ${[...nodeGroups].join(', ')}`,
  };
}

function explain(name: string, use: ReservedUse): string {
  return `"${name}" begins with a reserved prefix; say reserved: ${use} if that is meant`;
}
