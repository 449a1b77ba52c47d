/**
 * Reads a Containerfile, and does in a directory what a build would do: copies and commands, without an image.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** One line of it, after its continuation lines. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** What stands between two `FROM`. */
export interface Stage {
  readonly image: string;
  readonly alias: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** Its stages, with the defaults of the arguments before the first. */
export function readContainerfile(path: string): readonly Stage[] {
  const args = new Map<string, string>();
  const stages: { image: string; alias: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of readFileSync(path, 'utf8').replaceAll('\\\n', ' ').split('\n')) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (name === 'ARG') {
      const [key = '', value = ''] = rest.split('=');
      args.set(key, value);
    } else if (name === 'FROM') {
      const [, argument = '', alias] = /^\$\{(\w+)\}(?: AS (\w+))?$/.exec(rest) ?? [];
      stages.push({ image: args.get(argument) ?? '', alias, instructions: [] });
    } else if (stages.length > 0 && name !== '') {
      stages.at(-1)?.instructions.push({ name, rest });
    } else {
      throw new Error(`cannot read: ${line}`);
    }
  }
  return stages;
}

/** The values of an instruction. */
export function valuesOf({ instructions }: Stage, name: string): string[] {
  return instructions.filter((one) => one.name === name).map(({ rest }) => rest);
}

/**
 * Does what the stages say below `home`, each in a directory of its own.
 *
 * @param context where the build is started
 * @param instead does a command in another way; false where it is to be run
 * @returns the working directory of the last stage
 */
export function build(
  stages: readonly Stage[],
  {
    home,
    context,
    instead,
  }: { home: string; context: string; instead(command: string, cwd: string): boolean },
): string {
  const roots = new Map<string, string>();
  let cwd = '';
  for (const [index, stage] of stages.entries()) {
    const root = join(home, String(index));
    if (stage.alias) roots.set(stage.alias, root);
    for (const { name, rest } of stage.instructions) {
      if (name === 'WORKDIR') {
        cwd = join(root, rest);
        mkdirSync(cwd, { recursive: true });
      } else if (name === 'COPY') {
        copy(rest, cwd, (from) => (from === undefined ? context : (roots.get(from) ?? '')));
      } else if (name === 'RUN' && !instead(rest, cwd)) {
        execFileSync('sh', ['-c', rest], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
      }
    }
  }
  return cwd;
}

/** A directory is copied as what it is called only where the target says so; a file goes into a target that ends with a slash. */
function copy(rest: string, cwd: string, rootOf: (from: string | undefined) => string): void {
  const words = rest.split(/\s+/);
  const from = /^--from=(\w+)$/.exec(words[0] ?? '')?.[1];
  const [target = '', ...sources] = (from === undefined ? words : words.slice(1)).reverse();
  for (const source of sources) {
    const to = target.endsWith('/') ? join(cwd, target, basename(source)) : join(cwd, target);
    cpSync(join(rootOf(from), source), to, { recursive: true });
  }
}
