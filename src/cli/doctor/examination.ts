/**
 * Checks, one after the other: one that needs what another did not find is skipped, and says why.
 *
 * @module
 */
import { ConfigurationError } from '../../errors/classes.ts';
import { CommandError, type ExitCode } from '../exit-codes.ts';
import { failureOf } from '../failure.ts';

export type State = 'ok' | 'warn' | 'fail' | 'skipped';

/** What a check came to. */
export interface Finding {
  readonly state: State;
  /** In a line; of a check that was skipped, why. */
  readonly seen: string;
  readonly details?: readonly string[];
  /** What to do about it. */
  readonly fix?: string;
}

export interface Check extends Finding {
  readonly name: string;
}

export function ok(seen: string): Finding {
  return { state: 'ok', seen };
}

export function warn(seen: string, fix: string, details: readonly string[] = []): Finding {
  return { state: 'warn', seen, details, fix };
}

export function fail(seen: string, fix: string, details: readonly string[] = []): Finding {
  return { state: 'fail', seen, details, fix };
}

export function skip(why: string): Finding {
  return { state: 'skipped', seen: why };
}

/** What is looked at together, such as one deployment. */
export class Examination {
  readonly subject: string;
  readonly checks: Check[] = [];
  /** With what the command ends where it could not be carried through, though nothing failed. */
  ending: ExitCode | undefined;

  constructor(subject: string) {
    this.subject = subject;
  }

  /**
   * Makes a check. What it throws is its finding, so that the others are made all the same.
   *
   * @param needs names of checks without whose success this one would only fail again
   */
  async check(name: string, needs: readonly string[], look: () => Finding | Promise<Finding>): Promise<void> {
    const lacking = this.checks.find(
      (one) => needs.includes(one.name) && (one.state === 'fail' || one.state === 'skipped'),
    );
    this.checks.push({ name, ...(lacking === undefined ? await tried(look) : skippedFor(lacking)) });
  }
}

function skippedFor({ name, state, seen }: Check): Finding {
  return skip(state === 'skipped' ? seen : `because of "${name}"`);
}

async function tried(look: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ConfigurationError) return fail(`${error.setting}: ${error.problem}`, error.fix);
    if (error instanceof CommandError && error.fix !== undefined) {
      return fail(error.what, error.fix, error.details);
    }
    const [seen = '', ...details] = failureOf(error).lines;
    return { state: 'fail', seen, details };
  }
}
