/**
 * `callerid oidc-config` and its help. What it does is in `run.ts`.
 *
 * @module
 */
import { Command, Option } from 'commander';
import { apiVersions } from './authentication-configuration.ts';
import type { OidcConfigFlags } from './run.ts';
import { targets } from './targets.ts';

const help = `
Prints what makes an API server take the JWTs of an issuer of callerid, with no webhook:
  kubernetes   the file for --authentication-config: v1 from Kubernetes 1.34, v1beta1 from 1.30
  flags        the flags --oidc-…, of any version, which take RS256 only
  eks          JSON for aws eks associate-identity-provider-config --cli-input-json, RS256 only
  aks          JSON for az aks jwtauthenticator add --config-file; names must begin with aks:jwt:, and do

The file and that of AKS also refuse names that begin with system:, eks:, aws:, amazon: or iam:, and JWTs whose exp is
more than an hour after their iat. Flags and EKS know no such rules: there the issuer alone keeps to them.

With --check the issuer is asked first, and nothing is printed where it does not fit.

Example:
  callerid oidc-config --issuer https://callerid.example.com/clusters/prod.example.com --audience prod.example.com --check`;

export function oidcConfigCommand(): Command {
  return new Command('oidc-config')
    .description('print what makes an API server take the JWTs of an issuer')
    .requiredOption('--issuer <url>', 'the issuer: CALLERID_ISSUER with /clusters/ID')
    .requiredOption('--audience <text>', 'the aud of its JWTs: CALLERID_TOKEN_AUDIENCE, or tokenAudience')
    .addOption(
      new Option('--for <server>', 'what reads it').choices(Object.keys(targets)).default('kubernetes'),
    )
    .addOption(
      new Option('--api-version <version>', 'of apiserver.config.k8s.io').choices(apiVersions).default('v1'),
    )
    .option('--username-prefix <text>', 'put before every username (default: none; on AKS aks:jwt:)')
    .option('--groups-prefix <text>', 'put before every group (default: none; on AKS aks:jwt:)')
    .option('--check', 'ask the issuer whether it fits')
    .addHelpText('after', help)
    .action(async (flags: OidcConfigFlags) => {
      const { printOidcConfig } = await import('./run.ts');
      await printOidcConfig(flags);
    });
}
