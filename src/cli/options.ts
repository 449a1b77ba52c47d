/**
 * Options as data: the parser and its help are made from them, and `token` reads them without a parser.
 *
 * @module
 */

export interface OptionRow {
  /** `--name` */
  readonly name: string;
  /** `-n` */
  readonly short?: string;
  /** What its value is called; without one the option is a flag. */
  readonly value?: string;
  readonly help: string;
}

export const audienceRows = [
  {
    name: 'audience',
    short: 'a',
    value: 'text',
    help: "what the verifier expects: a cluster's ID, a service's URL",
  },
  { name: 'cluster-id', short: 'i', value: 'text', help: 'the same, as aws-iam-authenticator calls it' },
  { name: 'cluster-name', value: 'text', help: 'the same, as the AWS CLI calls it' },
] as const satisfies readonly OptionRow[];

/** As written in help: `-a, --audience <text>` */
export function flagsOf({ name, short, value }: OptionRow): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`;
}

/**
 * Reads arguments of the plain forms `--name value`, `--name=value`, `-n value` and `--flag`. Undefined where anything
 * else is there: then the parser has to read them, or to explain what is wrong with them.
 */
export function readPlainly(
  args: readonly string[],
  rows: readonly OptionRow[],
): Record<string, string | boolean> | undefined {
  const options: Record<string, string | boolean> = {};
  for (let index = 0; index < args.length; index++) {
    const [, dashes, name, attached] = /^(--?)([a-z][a-z-]*)(?:=(.*))?$/s.exec(args[index] ?? '') ?? [];
    const row = rows.find((row) => (dashes === '--' ? row.name : row.short) === name);
    if (name === undefined || row === undefined) return undefined;
    if (attached !== undefined && (dashes === '-' || row.value === undefined)) return undefined;
    const value = row.value === undefined ? true : (attached ?? args[++index]);
    if (
      value === undefined ||
      (attached === undefined && typeof value === 'string' && value.startsWith('-'))
    ) {
      return undefined;
    }
    options[camelCase(row.name)] = value;
  }
  return options;
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
