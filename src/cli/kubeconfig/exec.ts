/**
 * Programs that sign for kubectl, as exec plugins of a kubeconfig. Each prints the version that it is asked for.
 *
 * @module
 */

/** What a token is signed for, and by whom. */
export interface Signing {
  readonly audience: string;
  /** Whether that is an issuer, which gives a JWT for the token. */
  readonly exchange?: boolean;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly roleArn?: string | undefined;
}

interface Plugin {
  readonly args: (signing: Signing) => readonly string[];
  readonly env: (signing: Signing) => Readonly<Record<string, string>>;
  readonly installHint: string;
}

/** The programs, by the names under which they are called. */
export const plugins = {
  callerid: {
    args: ({ audience, exchange, region, profile, roleArn }) => [
      ...['token', exchange ? '--exchange' : '--audience', audience],
      ...option('--region', region),
      ...option('--profile', profile),
      ...option('--role-arn', roleArn),
    ],
    env: () => ({}),
    installHint: 'callerid signs the token: install it, or put it on the PATH.',
  },
  aws: {
    args: ({ audience, region, profile, roleArn }) => [
      ...['eks', 'get-token', '--cluster-name', audience, '--output', 'json'],
      ...option('--region', region),
      ...option('--profile', profile),
      ...option('--role-arn', roleArn),
    ],
    env: () => ({}),
    installHint: 'The AWS CLI signs the token: install it, or put it on the PATH.',
  },
  // It has no option for a profile, and older ones take their option for a region when they assume a role only.
  'aws-iam-authenticator': {
    args: ({ audience, roleArn }) => ['token', '--cluster-id', audience, ...option('--role', roleArn)],
    env: ({ region, profile }) => ({
      ...(region !== undefined && { AWS_REGION: region }),
      ...(profile !== undefined && { AWS_PROFILE: profile }),
    }),
    installHint: 'aws-iam-authenticator signs the token: install it, or put it on the PATH.',
  },
} as const satisfies Readonly<Record<string, Plugin>>;

export type PluginName = keyof typeof plugins;

/**
 * The user of a kubeconfig.
 *
 * @param apiVersion of `client.authentication.k8s.io`
 */
export function execUser(name: PluginName, apiVersion: 'v1' | 'v1beta1', signing: Signing): object {
  const { args, env, installHint }: Plugin = plugins[name];
  const variables = Object.entries(env(signing)).map(([name, value]) => ({ name, value }));
  return {
    exec: {
      apiVersion: `client.authentication.k8s.io/${apiVersion}`,
      command: name,
      args: args(signing),
      ...(variables.length > 0 && { env: variables }),
      installHint,
      interactiveMode: 'IfAvailable', // a profile may ask for a code of MFA
      provideClusterInfo: false,
    },
  };
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}
