/**
 * Who can be made to trust an issuer, and what each reads.
 *
 * @module
 */
import { stringify } from 'yaml';
import { authenticationConfiguration, jwtAuthenticator } from './authentication-configuration.ts';

/** What is to be trusted, and how names are told apart from those of others. */
export interface Trust {
  readonly issuer: string;
  readonly audience: string;
  /** Empty for none. */
  readonly usernamePrefix: string;
  readonly groupsPrefix: string;
}

interface Target {
  readonly print: (trust: Trust, apiVersion: string) => string;
  /** What to do with it. */
  readonly use: string;
  readonly algorithms: readonly string[];
  /** What names have to begin with. */
  readonly prefix: string;
}

const strict = ['RS256'];
const both = ['RS256', 'ES256'];

/** By the value of `--for`. */
export const targets = {
  kubernetes: {
    print: (trust, apiVersion) =>
      stringify(authenticationConfiguration(trust, apiVersion), { lineWidth: 0 }).trimEnd(),
    use: 'give the file to kube-apiserver as --authentication-config, without any --oidc- flag',
    algorithms: both,
    prefix: '',
  },
  flags: {
    print: (trust) =>
      Object.entries(oidcFlags(trust))
        .map(([name, value]) => `--oidc-${name}=${value}`)
        .join('\n'),
    use: 'give them to kube-apiserver, without --authentication-config',
    algorithms: strict,
    prefix: '',
  },
  eks: {
    print: (trust) => JSON.stringify({ oidc: eksProvider(trust) }, undefined, 2),
    use: 'aws eks associate-identity-provider-config --cluster-name NAME --cli-input-json file://FILE',
    algorithms: strict,
    prefix: '',
  },
  aks: {
    print: (trust) => JSON.stringify(jwtAuthenticator(trust), undefined, 2),
    use: 'az aks jwtauthenticator add --resource-group GROUP --cluster-name NAME --name callerid --config-file FILE',
    algorithms: both,
    prefix: 'aks:jwt:',
  },
} as const satisfies Readonly<Record<string, Target>>;

export type TargetName = keyof typeof targets;

/** Without a word of it the prefix of usernames would be the issuer; `-` is none. */
const noPrefix = '-';

function oidcFlags({ issuer, audience, usernamePrefix, groupsPrefix }: Trust): Record<string, string> {
  return {
    'issuer-url': issuer,
    'client-id': audience,
    'username-claim': 'username',
    'username-prefix': usernamePrefix || noPrefix,
    'groups-claim': 'groups',
    ...(groupsPrefix !== '' && { 'groups-prefix': groupsPrefix }),
    'signing-algs': strict.join(),
  };
}

function eksProvider({ issuer, audience, usernamePrefix, groupsPrefix }: Trust): Record<string, string> {
  return {
    identityProviderConfigName: 'callerid',
    issuerUrl: issuer,
    clientId: audience,
    usernameClaim: 'username',
    usernamePrefix: usernamePrefix || noPrefix,
    groupsClaim: 'groups',
    ...(groupsPrefix !== '' && { groupsPrefix }),
  };
}
