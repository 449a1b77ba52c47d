/**
 * An API server, the deployment that it asks, and what they have in common.
 *
 * @module
 */
import { eventually } from '../processes.ts';
import type { ApiServer } from './api-server.ts';
import type { Clients } from './clients.ts';
import type { Deployment } from './deployment.ts';
import { account, type Person, type World } from './world.ts';

export interface Place {
  /** For the names of checks. */
  readonly name: string;
  readonly world: World;
  readonly clients: Clients;
  readonly deployment: Deployment;
  readonly server: ApiServer;
  /** Its ID, which is the audience too. */
  readonly cluster: string;
  /** Path of the webhook kubeconfig of the API server. */
  readonly webhook: string;
  /** The version of exec plugins that its kubeconfigs name. */
  readonly execVersion: 'v1' | 'v1beta1';
  /** A directory of its own. */
  readonly home: string;
}

/** Who may come in everywhere. */
export interface People {
  readonly admin: Person;
  readonly developer: Person;
  readonly fired: Person;
}

export const developers = 'developers';

export function createPeople(world: World): People {
  return {
    admin: world.person({ role: 'KubernetesAdmin', session: 'alice@example.com' }),
    developer: world.person({ user: 'bob', path: '/team/' }),
    fired: world.person({ role: 'Fired', session: 'mallory' }),
  };
}

const arn = (resource: string): string => `arn:aws:iam::${account}:${resource}`;

export const rules: readonly object[] = [
  { role: arn('role/KubernetesAdmin'), username: 'admin:{{SessionName}}', groups: ['platform-admins'] },
  { user: arn('user/team/bob'), username: 'bob', groups: [developers] },
  {
    role: arn('role/KubernetesNode'),
    username: 'system:node:{{EC2PrivateDNSName}}',
    groups: ['system:bootstrappers', 'system:nodes'],
    reserved: 'node',
  },
  { role: arn('role/Fired'), deny: true },
];

/** The rule that lets a user in. */
export function ruleFor(user: string): object {
  return { user: arn(`user/${user}`), username: user, groups: [developers] };
}

/** The line in which the API server tells why it refused, with this word in it. It comes when it comes, not with the answer. */
export async function refusalWith(
  { server }: Pick<Place, 'server'>,
  word: string,
  known: ReadonlySet<string>,
): Promise<string> {
  let found: string | undefined;
  await eventually(`the API server to tell of ${word}`, 10_000, () => {
    found = server.refusals.find((line) => !known.has(line) && line.includes(word));
    return found !== undefined;
  });
  return found ?? '';
}

/** Asks the API server who a token is. */
export async function whoIs(
  { server }: Pick<Place, 'server'>,
  token: string,
): Promise<{ readonly status: number; readonly user: unknown }> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = await server.request('/apis/authentication.k8s.io/v1/selfsubjectreviews', token, body);
  return { status: answer.status, user: JSON.parse(answer.text).status?.userInfo };
}
