/**
 * `callerid serve` and its help. What it does is in `run.ts`.
 *
 * @module
 */
import { Command } from 'commander';
import { port } from '../port.ts';
import type { ServeFlags } from './run.ts';

const help = `
The webhook, on Node. Settings are environment variables, described in docs/configuration.md; CALLERID_CLUSTER and
CALLERID_API_SERVER_SECRET_SHA256 are the least. The policy is in the store that CALLERID_POLICY names, or in a file.

Logs are lines of JSON. SIGHUP reads the policy file, the certificate and the file of signing keys again and keeps the old
ones where the new do not do; a new policy decides after CALLERID_POLICY_SECONDS at most. SIGTERM and SIGINT answer what is in flight, for at
most 10 seconds, and end.

Metrics are at /metrics of --metrics-port, and of --port for whoever presents the secret of CALLERID_METRICS_SECRET_SHA256.
CALLERID_TRACES=true makes OpenTelemetry traces, for the SDK of node --import ./otel.mjs: see docs/metrics.md.

Behind a proxy set HTTPS_PROXY and NODE_USE_ENV_PROXY=1 (Node 24 or later); a private CA goes into NODE_EXTRA_CA_CERTS.

Example:
  CALLERID_CLUSTER=prod.example.com CALLERID_API_SERVER_SECRET_SHA256=… \\
    callerid serve --policy aws-auth.yaml --tls-cert tls.crt --tls-key tls.key`;

export function serveCommand(): Command {
  return new Command('serve')
    .description('run the webhook')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <number>', '0 for any free one', port, 8443)
    .option('--tls-cert <file>', 'certificate chain in PEM; without it the webhook speaks plain HTTP')
    .option('--tls-key <file>', 'its private key in PEM')
    .option(
      '--metrics-port <number>',
      'where Prometheus reads /metrics, over plain HTTP; 0 for any free port',
      port,
    )
    .option('--metrics-host <address>', 'where that is (default: 127.0.0.1)')
    .option('--policy <file>', 'policy or aws-auth ConfigMap, instead of CALLERID_POLICY')
    .addHelpText('after', help)
    .action(async (flags: ServeFlags) => {
      const { serve } = await import('./run.ts');
      await serve(flags);
    });
}
