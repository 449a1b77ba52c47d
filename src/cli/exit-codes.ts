/**
 * With what the command ends, and the error that says so.
 *
 * @module
 */

/** The exit codes. They are an interface: scripts match on them. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  usage: 2,
  noCredentials: 3,
  refused: 4,
  noVerdict: 5,
  notApplied: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What `--help` says of them. */
export const exitCodeHelp = `Exit codes:
  0  done
  1  something unexpected; of doctor and oidc-config: a check failed; of shadow report: something differs
  2  wrong usage or configuration
  3  no usable AWS credentials
  4  the token, or the administrator, was refused
  5  no verdict: STS, the server or the network did not answer; try again
  6  not applied: another version came in between, somebody would be locked out, or parts are missing`;

/** What the command ends with, told in lines that hold nothing secret. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  readonly what: string;
  readonly fix: string | undefined;
  /** Lines that are told before the message. */
  readonly details: readonly string[];

  /**
   * @param what is wrong
   * @param fix what to do about it
   */
  constructor(exitCode: ExitCode, what: string, fix?: string, details: readonly string[] = []) {
    super(fix === undefined ? what : `${what}: ${fix}`);
    this.exitCode = exitCode;
    this.what = what;
    this.fix = fix;
    this.details = details;
  }
}

/** A wrong argument, setting or file. */
export function usageError(what: string, fix: string): CommandError {
  return new CommandError(exitCodes.usage, what, fix);
}
