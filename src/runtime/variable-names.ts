/**
 * Errors about an option, told of the environment variable that gave it.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';

/**
 * Runs a check of options.
 *
 * @param variableOf by the name of the option; a path below it, such as `roles[1]`, has the same variable
 * @throws {ConfigurationError} of the check, which then names the variable
 */
export function checkVariables(variableOf: Readonly<Record<string, string>>, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const name = variableOf[/^[a-z]+/.exec(error.setting)?.[0] ?? ''] ?? error.setting;
    throw new ConfigurationError(name, error.problem, error.fix);
  }
}
