/**
 * The snippets of `docs/cluster.md`: each parses, has the fields of what it is for and no other, and fits together.
 */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import page from '../../docs/cluster.md?raw';
import fixture from '../fixtures/kube-apiserver-flags.json' with { type: 'json' };

/** The YAML below a heading, in order. */
function snippets(heading: string): unknown[] {
  const section = page.split(/^#{2,3} /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => parse(text ?? ''));
}

/** The flags of each snippet, and of the table. */
const flags = {
  'authentication-token-webhook-config-file': v.pipe(v.string(), v.startsWith('/')),
  'authentication-token-webhook-version': v.literal('v1'),
  'authentication-token-webhook-cache-ttl': v.pipe(v.string(), v.regex(/^\d+m$/)),
};

const kubeconfig = v.strictObject({
  apiVersion: v.literal('v1'),
  kind: v.literal('Config'),
  clusters: v.tuple([
    v.strictObject({
      name: v.literal('callerid'),
      cluster: v.strictObject({
        server: v.literal('https://callerid.example.com/clusters/prod.example.com/authenticate'),
      }),
    }),
  ]),
  users: v.tuple([
    v.strictObject({ name: v.literal('api-server'), user: v.strictObject({ token: v.string() }) }),
  ]),
  contexts: v.tuple([
    v.strictObject({
      name: v.literal('callerid'),
      context: v.strictObject({ cluster: v.literal('callerid'), user: v.literal('api-server') }),
    }),
  ]),
  'current-context': v.literal('callerid'),
});

const kubeadm = v.strictObject({
  apiVersion: v.literal('kubeadm.k8s.io/v1beta4'),
  kind: v.literal('ClusterConfiguration'),
  apiServer: v.strictObject({
    extraArgs: v.array(v.strictObject({ name: v.string(), value: v.string() })),
    extraVolumes: v.tuple([
      v.strictObject({
        name: v.string(),
        hostPath: v.string(),
        mountPath: v.string(),
        readOnly: v.literal(true),
        pathType: v.literal('Directory'),
      }),
    ]),
  }),
});

const k3s = v.strictObject({ 'kube-apiserver-arg': v.array(v.string()) });

const talos = v.strictObject({
  apiVersion: v.literal('v1alpha1'),
  kind: v.literal('KubeAuthenticationWebhookConfig'),
  version: flags['authentication-token-webhook-version'],
  cacheTTL: flags['authentication-token-webhook-cache-ttl'],
  kubeconfig: v.string(),
});

const talosPatch = v.strictObject({
  machine: v.strictObject({
    files: v.tuple([
      v.strictObject({
        path: v.pipe(v.string(), v.startsWith('/var/')),
        op: v.literal('create'),
        permissions: v.literal(0o644),
        content: v.string(),
      }),
    ]),
  }),
  cluster: v.strictObject({
    apiServer: v.strictObject({
      extraArgs: v.strictObject(flags),
      extraVolumes: v.tuple([
        v.strictObject({ hostPath: v.string(), mountPath: v.string(), readonly: v.literal(true) }),
      ]),
    }),
  }),
});

const kops = v.strictObject({
  apiVersion: v.literal('kops.k8s.io/v1alpha2'),
  kind: v.literal('Cluster'),
  metadata: v.strictObject({ name: v.string() }),
  spec: v.strictObject({
    authorization: v.strictObject({ rbac: v.strictObject({}) }),
    kubeAPIServer: v.strictObject({
      // nothing else of /srv/kubernetes is mounted into the API server
      authenticationTokenWebhookConfigFile: v.pipe(
        v.string(),
        v.startsWith('/srv/kubernetes/kube-apiserver/'),
      ),
      authenticationTokenWebhookCacheTtl: v.string(),
    }),
    fileAssets: v.tuple([
      v.strictObject({
        name: v.string(),
        path: v.string(),
        roles: v.tuple([v.literal('ControlPlane')]),
        mode: v.literal('0600'),
        content: v.string(),
      }),
    ]),
  }),
});

const binding = v.strictObject({
  apiVersion: v.literal('rbac.authorization.k8s.io/v1'),
  kind: v.literal('ClusterRoleBinding'),
  metadata: v.strictObject({ name: v.string() }),
  roleRef: v.strictObject({
    apiGroup: v.literal('rbac.authorization.k8s.io'),
    kind: v.literal('ClusterRole'),
    name: v.string(),
  }),
  subjects: v.tuple([
    v.strictObject({
      apiGroup: v.literal('rbac.authorization.k8s.io'),
      kind: v.literal('Group'),
      name: v.string(),
    }),
  ]),
});

/** The file that the API server is told of is the one that is brought to it: seen there, it lies here on the node. */
function onNode(path: string, { hostPath, mountPath }: { hostPath: string; mountPath: string }): string {
  expect(path.startsWith(`${mountPath}/`)).toBe(true);
  return hostPath + path.slice(mountPath.length);
}

function pathsIn(heading: string): string[] {
  const section = page.split(/^#{2,3} /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/Put the file at `([^`]+)`/g)].map(([, path]) => path ?? '');
}

describe('docs/cluster.md', () => {
  test('kubeadm', () => {
    const [snippet, ...others] = snippets('kubeadm');
    const { extraArgs, extraVolumes } = v.parse(kubeadm, snippet).apiServer;
    const args = v.parse(
      v.strictObject(flags),
      Object.fromEntries(extraArgs.map(({ name, value }) => [name, value])),
    );
    expect(pathsIn('kubeadm')).toEqual([
      onNode(args['authentication-token-webhook-config-file'], extraVolumes[0]),
    ]);
    expect(others).toEqual([]);
  });

  test('k3s', () => {
    const [snippet, ...others] = snippets('k3s');
    const args = v.parse(k3s, snippet)['kube-apiserver-arg'].map((arg) => arg.split('='));
    const { 'authentication-token-webhook-config-file': file } = v.parse(
      v.strictObject(flags),
      Object.fromEntries(args),
    );
    expect(pathsIn('k3s')).toEqual([file]);
    expect(others).toEqual([]);
  });

  test('Talos', () => {
    const [document, patch, ...others] = snippets('Talos');
    v.parse(kubeconfig, parse(v.parse(talos, document).kubeconfig));
    const { machine, cluster } = v.parse(talosPatch, patch);
    const [file] = machine.files;
    v.parse(kubeconfig, parse(file.content));
    const { extraArgs, extraVolumes } = cluster.apiServer;
    expect(file.path).toBe(onNode(extraArgs['authentication-token-webhook-config-file'], extraVolumes[0]));
    expect(others).toEqual([]);
  });

  test('kOps', () => {
    const [snippet, ...others] = snippets('kOps');
    const { kubeAPIServer, fileAssets } = v.parse(kops, snippet).spec;
    expect(fileAssets[0].path).toBe(kubeAPIServer.authenticationTokenWebhookConfigFile);
    v.parse(kubeconfig, parse(fileAssets[0].content));
    expect(others).toEqual([]);
  });

  test('rights', () => {
    const [snippet, ...others] = snippets('4. Rights');
    expect(v.safeParse(binding, snippet).issues).toBeUndefined();
    expect(others).toEqual([]);
  });

  test('its flags are those of kube-apiserver', () => {
    const named = [...page.matchAll(/--((?:api|authentication)-[\w-]+)/g)].map(([flag]) => flag);
    expect(fixture.flags).toEqual(expect.arrayContaining(named));
    expect(fixture.flags).toEqual(expect.arrayContaining(Object.keys(flags).map((name) => `--${name}`)));
    const rows = [...page.matchAll(/^\| `--([\w-]+)` \|/gm)].map(([, name]) => name);
    expect(rows).toEqual(Object.keys(flags));
  });

  test('every snippet is one of these', () => {
    expect(page.match(/^```yaml$/gm)).toHaveLength(6);
  });
});
