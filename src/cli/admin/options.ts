/**
 * The options of every command that works on the policy of a cluster.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { flagsOf, type OptionRow } from '../options.ts';

const targetRows = [
  { name: 'server', value: 'url', help: 'a deployment with an admin API: https://callerid.example.com' },
  { name: 'store', value: 'place', help: 'or the store itself, where this machine has it: file:DIRECTORY' },
  { name: 'cluster', value: 'id', help: 'whose policy it is' },
  {
    name: 'admin-audience',
    value: 'text',
    help: 'with --server: sign a token for this audience (default: CALLERID_ADMIN_AUDIENCE)',
  },
  { name: 'region', value: 'name', help: 'to sign for, as with callerid token' },
  { name: 'profile', value: 'name', help: 'to sign with, as with callerid token' },
  { name: 'role-arn', value: 'arn', help: 'to assume first, as with callerid token' },
] as const satisfies readonly OptionRow[];

/** What is said of them in the help of each command. */
export const targetHelp = `
Works through the admin API of a deployment (--server), or on a store of this machine (--store). An administrator is
proven by a token that is signed with the AWS credentials at hand for --admin-audience, or else by the static secret in
CALLERID_ADMIN_SECRET. There is no option for the secret: everybody on a machine can read its command lines.`;

/** The options of the command line. */
export interface TargetFlags {
  readonly server?: string;
  readonly store?: string;
  readonly cluster?: string;
  readonly adminAudience?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly roleArn?: string;
  /** In seconds. */
  readonly timeout: number;
}

export function addTarget(command: Command): Command {
  for (const row of targetRows) command.option(flagsOf(row), row.help);
  return command.option('--timeout <seconds>', 'for one request to the server, 1 to 600', seconds, 60);
}

/** Of a command that writes. */
export interface ChangeFlags {
  readonly message?: string;
  readonly expectedVersion?: number;
  readonly dryRun?: boolean;
  readonly yesLockOut?: boolean;
  readonly replaceUnreadable?: boolean;
  /** Signs though the version before is not believed. */
  readonly unbelieved?: boolean;
  /** Not signed, after a version that is. */
  readonly unsigned?: boolean;
  /** A file with a key. */
  readonly sign?: string;
}

/** Of every command that writes a version. */
export const signOption = [
  '--sign <file>',
  'sign it with the key in this file, see callerid policy keys; "-" is standard input',
] as const;

/** Of every command that signs one. */
export const unbelievedOption = [
  '--unbelieved',
  'with --sign: even where the current version is not signed, or by another key, and you have read it',
] as const;

export function addChange(command: Command): Command {
  return command
    .option('-m, --message <text>', 'why, for the history: one line of at most 200 ASCII characters', message)
    .option('--expected-version <number>', 'only where this version is current; 0 for none', count)
    .option('--dry-run', 'say what would change, and write nothing')
    .option('--yes-lock-out', 'even where people who came lately, or you, would not be let in any more')
    .option(...signOption)
    .option('--unsigned', 'not signed, though the current version is: readers with keys will not believe it')
    .option(...unbelievedOption);
}

export function addOutput(command: Command, formats: readonly string[] = ['text', 'json']): Command {
  const [first] = formats;
  return command.addOption(new Option('--output <format>').choices(formats).default(first));
}

/** Reads the number of a version. */
export function version(value: string): number {
  if (/^[1-9][0-9]{0,14}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Must be a whole number from 1.');
}

function count(value: string): number {
  return value === '0' ? 0 : version(value);
}

function seconds(value: string): number {
  const number = /^[0-9]{1,3}(?:\.[0-9]+)?$/.test(value) ? Number(value) : Number.NaN;
  if (number >= 1 && number <= 600) return number;
  throw new InvalidArgumentError('Must be 1 to 600 seconds.');
}

function message(value: string): string {
  if (/^[\x20-\x7e]{1,200}$/.test(value)) return value;
  throw new InvalidArgumentError('Must be one line of 1 to 200 printable ASCII characters.');
}
