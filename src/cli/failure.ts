/**
 * Errors as an exit code and lines for standard error.
 *
 * @module
 */
import { ConfigurationError, PolicyError, StoreError } from '../errors/classes.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';

interface Failure {
  readonly exitCode: ExitCode;
  /** Usually one; a policy has one for each thing that is wrong with it. Empty where help was printed instead. */
  readonly lines: readonly string[];
}

/**
 * Tells an error. Only messages of our own and of the argument parser are passed on: others, such as those of an SDK
 * or of a child process, may hold something secret.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommandError) {
    return { exitCode: error.exitCode, lines: [...error.details, error.message] };
  }
  if (error instanceof ConfigurationError) {
    const { setting, problem, fix } = error;
    return { exitCode: exitCodes.usage, lines: [`${setting}: ${problem}: ${uncapitalised(fix)}`] };
  }
  if (error instanceof PolicyError) return { exitCode: exitCodes.usage, lines: error.message.split('\n') };
  if (error instanceof StoreError) {
    const fix = 'check that the directory is there and may be written';
    return { exitCode: exitCodes.unexpected, lines: [`${error.message}: ${fix}`] };
  }
  return (
    ofParser(error) ?? { exitCode: exitCodes.unexpected, lines: [`unexpected error (${nameOf(error)})`] }
  );
}

/** Told by its code, so that the parser is not loaded for it. */
function ofParser(error: unknown): Failure | undefined {
  const { code, exitCode, message } = (error ?? {}) as {
    code?: unknown;
    exitCode?: unknown;
    message?: unknown;
  };
  if (typeof code !== 'string' || !code.startsWith('commander.')) return undefined;
  if (exitCode === 0) return { exitCode: exitCodes.done, lines: [] };
  if (code === 'commander.help') return { exitCode: exitCodes.usage, lines: [] };
  const what = String(message).replace(/^error: /, '');
  return { exitCode: exitCodes.usage, lines: [`${what.replace(/\.$/, '')}: see --help`] };
}

/** The kind of an error, and the system's own code for it. Neither comes from data. */
function nameOf(error: unknown): string {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  const words = [name, code].filter((word) => typeof word === 'string' && /^[A-Za-z][\w.]{0,63}$/.test(word));
  return words.length > 0 ? words.join(', ') : typeof error;
}

const maxLineLength = 2000;

/**
 * The line as it is printed: one line whatever is in it, of bounded length, and without a token, should one have been
 * typed. Takes linear time: what is in it may be somebody's file.
 */
export function errorLine(text: string): string {
  const single = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  const line = single.replace(/k8s-aws-v1\.[\w-]*/g, 'k8s-aws-v1.[…]').replace(/\.$/, '');
  return `callerid: ${line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line}`;
}

function uncapitalised(sentence: string): string {
  return /^[A-Z][a-z]/.test(sentence) ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence;
}
