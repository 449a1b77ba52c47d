/**
 * The AWS CLI, from PyPI.
 *
 * @module
 */
import { join } from 'node:path';
import { pythonEnvironment } from './python.ts';

const version = '1.45.11';

/**
 * The path of `aws`.
 *
 * @throws {Skipped} where there is no Python, or PyPI does not answer
 */
export function awsCli(): string {
  return join(pythonEnvironment(`awscli-${version}`, [`awscli==${version}`]), 'aws');
}
