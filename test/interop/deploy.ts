/**
 * The manifests of `deploy/kubernetes`, as a real API server takes them: every field is known, every value is valid, and the pods are
 * restricted.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createCertificateAuthority } from '../../src/emulator/certificates.ts';
import { ApiServer, adminToken, startEtcd } from './cluster/api-server.ts';
import { goProgram } from './go.ts';
import { eventually, ownEnvironment } from './processes.ts';
import type { Suite } from './suite.ts';

const manifests = join(import.meta.dirname, '../../deploy/kubernetes');

export const suite: Suite = {
  name: 'the manifests of deploy/kubernetes, kube-apiserver',
  async run(check) {
    const cleanups: (() => unknown)[] = [];
    const home = mkdtempSync(join(tmpdir(), 'callerid-deploy-'));
    cleanups.push(() => rmSync(home, { recursive: true }));
    try {
      const etcd = await startEtcd(home);
      cleanups.push(etcd.end);
      const authority = await createCertificateAuthority('callerid interop CA');
      const server = await ApiServer.start({ name: 'deploy', home, etcd, authority, authentication: [] });
      cleanups.push(() => server.end());
      const kubectl = await kubectlFor(server, home);
      await eventually('the API server to have its own namespaces and priorities', 60_000, async () => {
        const answer = await kubectl(
          'get',
          'namespace/kube-system',
          'priorityclass/system-cluster-critical',
        ).catch(() => undefined);
        return answer !== undefined;
      });
      await check('callerid.yaml: taken whole, without a warning', async () => {
        await kubectl('create', 'namespace', 'callerid');
        const { stdout, stderr } = await kubectl(
          ...['apply', '--dry-run=server', '--validate=strict', '-f', join(manifests, 'callerid.yaml')],
        );
        assert.deepEqual(
          stdout
            .trim()
            .split('\n')
            .map((line) => line.split(' ')[0]),
          [
            'namespace/callerid',
            'serviceaccount/callerid',
            'deployment.apps/callerid',
            'service/callerid',
            'poddisruptionbudget.policy/callerid',
            'networkpolicy.networking.k8s.io/callerid',
          ],
        );
        assert.equal(withoutApplyHint(stderr), '');
      });
      await check('callerid.yaml: the namespace enforces what its pods keep to', async () => {
        await kubectl('label', 'namespace', 'callerid', 'pod-security.kubernetes.io/warn=restricted');
        const { stderr } = await kubectl('apply', '--dry-run=server', '-f', join(manifests, 'callerid.yaml'));
        assert.equal(withoutApplyHint(stderr), '');
        const loose = join(home, 'loose.yaml');
        writeFileSync(loose, loosePod);
        const told = await kubectl('apply', '--dry-run=server', '-f', loose);
        assert.match(told.stderr, /would violate PodSecurity "restricted/);
      });
      await check('static-pod.yaml: taken whole, without a warning', async () => {
        const { stdout, stderr } = await kubectl(
          ...['apply', '--dry-run=server', '--validate=strict', '-f', join(manifests, 'static-pod.yaml')],
        );
        assert.match(stdout, /^pod\/callerid created/);
        assert.equal(stderr, '');
      });
    } finally {
      for (const cleanup of cleanups.reverse()) await cleanup();
    }
  },
};

/** Proves that the API server would have warned. */
const loosePod = `
apiVersion: v1
kind: Pod
metadata: { name: loose, namespace: callerid }
spec: { containers: [{ name: loose, image: loose }] }
`;

async function kubectlFor(server: ApiServer, home: string) {
  const program = await goProgram('kubectl');
  const ca = join(home, 'api-server-ca.pem');
  writeFileSync(ca, server.caPem);
  const where = [
    '--server',
    server.url,
    '--certificate-authority',
    ca,
    '--token',
    adminToken,
    '--cache-dir',
    home,
  ];
  return (...args: string[]) =>
    promisify(execFile)(program, [...where, ...args], {
      env: { ...ownEnvironment(), KUBECONFIG: '/dev/null' },
    });
}

/** What kubectl says of an object that it did not make by apply. */
function withoutApplyHint(text: string): string {
  return text
    .split('\n')
    .filter(
      (line) => !line.includes('is missing the kubectl.kubernetes.io/last-applied-configuration annotation'),
    )
    .join('\n')
    .trim();
}
