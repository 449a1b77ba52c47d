/**
 * Every class of error that callerid throws.
 *
 * Classes are for what should not happen: a wrong configuration, a policy that does not validate, a store that fails.
 *
 * @module
 */

/** Codes of errors that are thrown, as `docs/codes.md` explains them. */
export type ErrorCode =
  | 'configuration'
  | 'policy_invalid'
  | 'policy_conflict'
  | 'policy_version_unknown'
  | 'policy_incomplete'
  | 'policy_unsigned'
  | 'policy_signature_invalid'
  | 'store_unavailable'
  | 'store_key_invalid'
  | 'store_value_too_large';

/** What every error thrown by callerid is: an `Error` with a stable `code`. */
export class CalleridError extends Error {
  /** Stable, documented. */
  readonly code: ErrorCode;

  /** `options` may name the error behind this one. */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A setting that cannot work. The message names the setting and the fix. Code `configuration`. */
export class ConfigurationError extends CalleridError {
  /** The setting: an option's path, or the environment variable that holds it. */
  readonly setting: string;
  /** What is wrong with it. */
  readonly problem: string;
  /** What to do about it, a sentence. */
  readonly fix: string;

  /** Makes the message of all three. */
  constructor(setting: string, problem: string, fix: string) {
    super('configuration', `${setting}: ${problem}. ${fix}`);
    this.setting = setting;
    this.problem = problem;
    this.fix = fix;
  }
}

/** One thing wrong with a policy: where, and what. */
export interface PolicyIssue {
  /** Path of the field, such as `rules[3].username`; empty for the document itself. */
  readonly path: string;
  /** What is wrong there, and how it would be right. */
  readonly message: string;
}

/** A policy that does not validate. Code `policy_invalid`. */
export class PolicyError extends CalleridError {
  /** Every one that was found. */
  readonly issues: readonly PolicyIssue[];

  /** Makes the message of all issues. */
  constructor(issues: readonly PolicyIssue[]) {
    super(
      'policy_invalid',
      issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('\n'),
    );
    this.issues = issues;
  }
}

/** Another writer was first. Code `policy_conflict`. */
export class PolicyConflictError extends CalleridError {
  /** The version that is there now; 0 where none is. */
  readonly version: number;

  constructor(version: number) {
    super('policy_conflict', `the policy has changed meanwhile: version ${version} is current`);
    this.version = version;
  }
}

/** A version of a policy that is not to be had. */
export class PolicyVersionError extends CalleridError {
  constructor(code: 'policy_version_unknown' | 'policy_incomplete', message: string) {
    super(code, message);
  }
}

/** A version of a policy that is not signed as it has to be. */
export class PolicySignatureError extends CalleridError {
  constructor(code: 'policy_unsigned' | 'policy_signature_invalid', message: string) {
    super(code, message);
  }
}

/**
 * A store that failed or was asked for what it cannot hold. Code `store_unavailable`, `store_key_invalid` or
 * `store_value_too_large`.
 */
export class StoreError extends CalleridError {
  /** `options` may name the failure of the backend. */
  constructor(
    code: 'store_unavailable' | 'store_key_invalid' | 'store_value_too_large',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}
