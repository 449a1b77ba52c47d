/**
 * `callerid init` and its help. What it does is in `run.ts`.
 *
 * @module
 */
import { Command, Option } from 'commander';
import type { InitFlags } from './run.ts';

const help = `
Makes a webhook kubeconfig, which an API server is given by --authentication-token-webhook-config-file, with a new secret
in it or with a client certificate. Standard output has the settings by which the deployment knows it: the ID of the
cluster, and of the secret only the digest. The file is written anew or not at all, and only its owner can read it.

--rotate makes a second one, with a new secret, from one that is in use: the settings name both digests, so both are good
until the old one is taken out of them.

Examples:
  callerid init webhook.kubeconfig --cluster prod.example.com --url https://callerid.example.com
  callerid init webhook-2.kubeconfig --rotate webhook.kubeconfig`;

export function initCommand(): Command {
  return new Command('init')
    .description('make the webhook kubeconfig of an API server, and the settings for it')
    .argument('<file>', 'the webhook kubeconfig to write; it may not be there yet')
    .option('--cluster <id>', 'ID of the cluster: what clients sign')
    .option(
      '--url <url>',
      'where the deployment is; without a path, that of the cluster is added (/clusters/ID/authenticate)',
    )
    .option('--ca <file>', 'CA of the deployment in PEM, where it is a private one')
    .option('--client-certificate <file>', 'prove the API server by this certificate, in place of a secret')
    .option('--client-key <file>', 'its private key in PEM, without a password')
    .option(
      '--rotate <file>',
      'take URL and CA from this webhook kubeconfig, which stays good beside the new one',
    )
    .addOption(new Option('--output <format>').choices(['text', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (file: string, flags: InitFlags) => {
      const { init } = await import('./run.ts');
      await init(file, flags);
    });
}
