/**
 * `deploy/kubernetes`: what the manifests start exists, what they forbid is forbidden, and they hold no secret. `npm run interop` gives
 * them to a real API server besides.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { serveCommand } from '../../src/cli/serve/command.ts';
import { readContainerfile, valuesOf } from './containerfile.ts';

const root = join(import.meta.dirname, '../..');

interface Container {
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env?: unknown;
  readonly envFrom?: unknown;
  readonly image: string;
  readonly securityContext: unknown;
  readonly resources: { readonly requests: object; readonly limits: object };
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly: boolean;
  }[];
  readonly livenessProbe: { readonly httpGet: object };
  readonly readinessProbe?: { readonly httpGet: object };
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
}

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly enableServiceLinks: boolean;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly priorityClassName: string;
  readonly securityContext: unknown;
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly name: string }[];
}

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: unknown;
}

function read(name: string): readonly Resource[] {
  const text = readFileSync(join(root, 'deploy/kubernetes', name), 'utf8');
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw new Error(`${name}: ${document.errors[0]}`);
    return document.toJS() as Resource;
  });
}

const inCluster = read('callerid.yaml');
const [staticPod] = read('static-pod.yaml');

function specOf<T>(kind: string): T {
  const found = inCluster.filter((one) => one.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]?.spec as T;
}

interface DeploymentSpec {
  readonly replicas: number;
  readonly selector: { readonly matchLabels: object };
  readonly strategy: { readonly rollingUpdate: { readonly maxUnavailable: number } };
  readonly template: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec };
}

const deployment = specOf<DeploymentSpec>('Deployment');

const staticSpec = staticPod?.spec as PodSpec;

const pods: readonly [string, PodSpec][] = [
  ['callerid.yaml', deployment.template.spec],
  ['static-pod.yaml', staticSpec],
];

describe.each(pods)('the pod of %s', (_, pod) => {
  const [container] = pod.containers;

  test('starts callerid serve, with options that exist and files that are mounted', () => {
    const [command, ...args] = container.args;
    expect(command).toBe('serve');
    const known = serveCommand().options.map(({ long }) => long);
    const options = args.map((arg) => arg.split('='));
    expect(options.filter(([flag]) => !known.includes(flag))).toEqual([]);
    const paths = options.flatMap(([, value = '']) => (value.startsWith('/') ? value : []));
    const mounted = (path: string) =>
      container.volumeMounts.some(({ mountPath }) => path.startsWith(`${mountPath}/`));
    expect(paths).toHaveLength(3);
    expect(paths.filter((path) => !mounted(path))).toEqual([]);
    expect(container.volumeMounts.map(({ name }) => name)).toEqual(pod.volumes.map(({ name }) => name));
  });

  test('an attack from within: it is restricted, and can write nothing', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.volumeMounts.filter(({ readOnly }) => !readOnly)).toEqual([]);
    expect(pod.automountServiceAccountToken).toBe(false);
  });

  test('variables of Services named callerid do not become settings, which would be errors', () => {
    expect(pod.enableServiceLinks).toBe(false);
  });

  test('has time to answer what is in flight', () => {
    const before = container.lifecycle?.preStop.sleep.seconds ?? 0;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(before + 10);
  });

  test('is asked whether it runs over TLS, and never killed for what STS or the store do', () => {
    expect(container.livenessProbe.httpGet).toMatchObject({ path: '/healthz', scheme: 'HTTPS' });
  });

  test('has bounds, and a priority', () => {
    expect(Object.keys(container.resources.requests)).toEqual(['cpu', 'memory']);
    expect(Object.keys(container.resources.limits)).toEqual(['memory']);
    expect(pod.priorityClassName).toMatch(/^system-(?:cluster|node)-critical$/);
  });
});

test('no secret stands in a manifest: settings and files are named', () => {
  expect(inCluster.map(({ kind }) => kind)).not.toContain('Secret');
  expect(deployment.template.spec.containers[0]).not.toHaveProperty('env');
  expect(deployment.template.spec.containers[0].envFrom).toEqual([
    { configMapRef: { name: 'callerid-settings' } },
    { secretRef: { name: 'callerid-secrets', optional: true } },
  ]);
});

test('one pod may go, and there is another', () => {
  expect(deployment.replicas).toBeGreaterThanOrEqual(2);
  expect(deployment.strategy.rollingUpdate.maxUnavailable).toBe(0);
  expect(specOf<object>('PodDisruptionBudget')).toMatchObject({ minAvailable: 1 });
  expect(deployment.template.spec.containers[0].readinessProbe?.httpGet).toMatchObject({ path: '/readyz' });
});

test('everything selects the same pods', () => {
  const { labels } = deployment.template.metadata;
  expect(deployment.selector.matchLabels).toEqual(labels);
  expect(specOf<{ selector: object }>('Service').selector).toEqual(labels);
  expect(specOf<{ selector: { matchLabels: object } }>('PodDisruptionBudget').selector.matchLabels).toEqual(
    labels,
  );
  expect(specOf<{ podSelector: { matchLabels: object } }>('NetworkPolicy').podSelector.matchLabels).toEqual(
    labels,
  );
});

test('an attack by way of the metadata of the node: it cannot be reached', () => {
  const { policyTypes, egress } = specOf<{ policyTypes: string[]; egress: unknown[] }>('NetworkPolicy');
  expect(policyTypes).toEqual(['Ingress', 'Egress']);
  expect(egress.at(-1)).toEqual({
    to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } }],
    ports: [{ port: 443 }],
  });
});

test('the namespace holds pods to the restricted profile', () => {
  expect(inCluster.find(({ kind }) => kind === 'Namespace')?.metadata.labels).toMatchObject({
    'pod-security.kubernetes.io/enforce': 'restricted',
  });
});

test('a static pod is bound to loopback, and started as the image would', () => {
  const { hostNetwork, containers } = staticSpec;
  expect(hostNetwork).toBe(true);
  expect(containers[0].args).toContain('--host=127.0.0.1');
  const entry = valuesOf(
    readContainerfile(join(root, 'deploy/container/Containerfile')).at(-1)!,
    'ENTRYPOINT',
  ).join();
  const [program, script] = JSON.parse(entry);
  expect(containers[0].command).toEqual([program, '--env-file=/etc/callerid/callerid.env', script]);
});
