/**
 * The flags that aws-iam-authenticator prints in its help.
 */

/** The commands that have flags, as words after the program; the first is the program itself, whose flags all others take. */
export const commands = [
  '',
  'server',
  'init',
  'token',
  'verify',
  'add',
  'add user',
  'add role',
  'version',
] as const;

/** Own flags of a command, as `--name`, in the order of its help; `--help` is left out. */
export function flagsIn(help: string): string[] {
  const own = /^Flags:\n((?:.+\n?)*)/m.exec(help)?.[1] ?? '';
  return [...own.matchAll(/^ {2}(?:-\w, | {4})(--[\w-]+)/gm)]
    .map(([, name]) => name as string)
    .filter((name) => name !== '--help');
}
