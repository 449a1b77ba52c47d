/**
 * The options of `callerid token`.
 *
 * @module
 */
import { audienceRows, type OptionRow } from '../options.ts';

export const tokenRows = [
  ...audienceRows,
  {
    name: 'region',
    value: 'name',
    help: "whose STS the verifier will ask (default: AWS_REGION, AWS_DEFAULT_REGION, the profile's)",
  },
  { name: 'fips', help: 'sign for the FIPS endpoint (also AWS_USE_FIPS_ENDPOINT=true)' },
  { name: 'dual-stack', help: 'sign for the IPv6 endpoint (also AWS_USE_DUALSTACK_ENDPOINT=true)' },
  {
    name: 'profile',
    value: 'name',
    help: 'take credentials from this profile, whatever is in the environment',
  },
  { name: 'role-arn', value: 'arn', help: 'assume this role first' },
  { name: 'external-id', value: 'text', help: "what the role's trust policy asks for" },
  { name: 'session-name', value: 'name', help: 'name of the role session (default: callerid)' },
  { name: 'forward-session-name', help: "take over the name of one's own role session, where there is one" },
  {
    name: 'exchange',
    value: 'url',
    help: 'sign for this issuer, and print the JWT that it gives for the token; instead of an audience',
  },
  { name: 'no-cache', help: 'with --exchange: ask for a new JWT, and keep none' },
  { name: 'token-only', help: 'print the bare token instead of an ExecCredential' },
] as const satisfies readonly OptionRow[];
