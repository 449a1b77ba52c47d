/**
 * The principals of the demo, which exist in the emulator only, with keys made anew at each start, and the policy that
 * maps them.
 *
 * @module
 */
import type { AssumedRolePrincipal } from '../../emulator/principals.ts';

/** The cluster's ID and what its clients sign. */
export const cluster = 'demo.example.com';
export const region = 'us-east-1';

/** The ConfigMap of the article that the project started from, and a person's role as most clusters have one. */
export const awsAuth = `mapRoles:
- rolearn: arn:aws:iam::111111111111:role/eksctl-ironman-2022-nodegroup-ng1-publ-NodeInstanceRole-HN27OZ18JS6U
  username: system:node:{{EC2PrivateDNSName}}
  groups: [system:bootstrappers, system:nodes]
- rolearn: arn:aws:iam::111122223333:role/KubernetesAdmin
  username: admin:{{SessionName}}
  groups: [system:masters]
`;

/** A person whom the policy maps. */
export const alice = session('KubernetesAdmin', 'alice@example.com');
/** A person whom AWS knows and the policy does not. */
export const mallory = session('Intern', 'mallory@example.com');

function session(roleName: string, sessionName: string): AssumedRolePrincipal {
  return {
    type: 'assumed-role',
    account: '111122223333',
    roleName,
    sessionName,
    accessKeyId: `ASIA${random(8, 'hex').toUpperCase()}`,
    secretAccessKey: random(30, 'base64'),
    sessionToken: random(150, 'base64'),
  };
}

/** Random bytes as text. */
export function random(bytes: number, encoding: 'hex' | 'base64' | 'base64url'): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString(encoding);
}
