/**
 * Scripts for shells. Each finds out after which command the cursor is, and offers what may follow it; where a value or a
 * file may, and its values are not known, the shell offers files.
 *
 * @module
 */
import type { OptionWord, Place } from './places.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

export function completionScript(shell: Shell, places: readonly Place[]): string {
  return { bash, zsh, fish }[shell](places);
}

function bash(places: readonly Place[]): string {
  return `# callerid completion bash
_callerid() {
  local current=\${COMP_WORDS[COMP_CWORD]} at=callerid offers= flags= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${pathsOf(places).map(quoted).join(' | ')}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at \${COMP_WORDS[COMP_CWORD - 1]}" in
${valueCases(places)}
    *)
      case $at in
${wordCases(places)}
      esac
      ;;
  esac
  [[ $current == -* && -n $flags ]] && offers=$flags
  COMPREPLY=($(compgen -W "$offers" -- "$current"))
}
complete -o default -F _callerid callerid`;
}

/** Zsh runs completions that were written for bash. */
function zsh(places: readonly Place[]): string {
  return `# callerid completion zsh
autoload -U +X bashcompinit && bashcompinit
${bash(places)}`;
}

function valueCases(places: readonly Place[]): string {
  return places
    .flatMap(({ path, options }) =>
      options
        .filter(({ takesValue }) => takesValue)
        .map((option) => {
          const names = namesOf(option).map((name) => quoted(`${path} ${name}`));
          return `    ${names.join(' | ')}) offers=${quoted(option.values.join(' '))} ;;`;
        }),
    )
    .join('\n');
}

function wordCases(places: readonly Place[]): string {
  return places
    .map(({ path, commands, values, options }) => {
      const offers = [...commands.map(({ name }) => name), ...values].join(' ');
      const flags = options.map(({ long }) => long).join(' ');
      return `        ${quoted(path)}) offers=${quoted(offers)} flags=${quoted(flags)} ;;`;
    })
    .join('\n');
}

function fish(places: readonly Place[]): string {
  return [
    '# callerid completion fish',
    'function __callerid_at',
    '    set -l at callerid',
    '    for word in (commandline -opc)[2..-1]',
    '        switch "$at $word"',
    `            case ${pathsOf(places).map(quoted).join(' ')}`,
    '                set at "$at $word"',
    '        end',
    '    end',
    '    test "$at" = "$argv"',
    'end',
    ...places.flatMap(fishLines),
  ].join('\n');
}

function fishLines({ path, commands, values, options }: Place): string[] {
  const start = `complete -c callerid -n ${quoted(`__callerid_at ${path}`)}`;
  return [
    ...commands.map(({ name, description }) => `${start} -f -a ${name} -d ${quoted(description)}`),
    ...values.map((value) => `${start} -f -a ${value}`),
    ...options.map((option) => {
      const short = option.short === undefined ? '' : ` -s ${option.short.slice(1)}`;
      const known = option.values.length > 0 ? ` -x -a ${quoted(option.values.join(' '))}` : ' -r';
      const value = option.takesValue ? known : '';
      return `${start}${short} -l ${option.long.slice(2)}${value} -d ${quoted(option.description)}`;
    }),
  ];
}

function pathsOf(places: readonly Place[]): string[] {
  return places.slice(1).map(({ path }) => path);
}

function namesOf({ long, short }: OptionWord): string[] {
  return short === undefined ? [long] : [long, short];
}

/** In single quotes, as every one of these shells reads them: what would end them, or escapes in fish, is left out. */
function quoted(text: string): string {
  return `'${text.replace(/\\/g, '').replace(/'/g, '’').replace(/\s+/g, ' ')}'`;
}
