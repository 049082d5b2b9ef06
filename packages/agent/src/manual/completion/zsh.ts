import type { ProgramSpec } from '../../command-line/option-table.ts';
import {
  type Candidates,
  type CommandLine,
  candidatesFor,
  listingCommands,
  optionsOf,
  positionalCandidates,
  wordOf,
} from './candidates.ts';

/** A script for zsh: a file for its `fpath`, which can also be sourced. */
export function zshCompletion(commandLines: readonly CommandLine[]): string {
  const names = commandLines.map(({ program }) => program.name).join(' ');
  return `#compdef ${names}
# Completion for zsh. To use it: jeton completion zsh > FOLDER/_jeton, with a FOLDER that is in $fpath.

_jeton_accounts() { local -a names=(\${(f)"$(${listingCommands.accounts} 2> /dev/null)"}); compadd -a names }
_jeton_issuers() { local -a urls=(\${(f)"$(${listingCommands.issuers} 2> /dev/null)"}); compadd -a urls }

_jeton() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  case $service in
${commandLines.map(programCase).join('\n')}
  esac
}

if [[ $funcstack[1] == _jeton ]]; then _jeton "$@"; else compdef _jeton ${names}; fi
`;
}

function programCase({ program, commands = [] }: CommandLine): string {
  if (commands.length === 0) return `    ${program.name})\n${argumentsOf(program, '      ')}\n      ;;`;
  const summaries = commands.map(({ program, summary }) => quote(`${wordOf(program)}:${summary}`));
  const cases = commands.map(
    ({ program: command }) =>
      `            ${wordOf(command)})\n${argumentsOf(command, '              ')}\n              ;;`,
  );
  return `    ${program.name})
      _arguments -C '1:command:->command' '*::argument:->argument'
      case $state in
        command)
          local -a commands=(${summaries.join(' ')})
          _describe command commands
          ;;
        argument)
          case $words[1] in
${cases.join('\n')}
          esac
          ;;
      esac
      ;;`;
}

function argumentsOf(program: ProgramSpec, indent: string): string {
  const rest = positionalCandidates(program);
  const specs = [
    ...optionsOf(program).flatMap(optionSpecs),
    ...(rest === 'none' ? [] : [quote(`*:argument:${action(rest)}`)]),
  ];
  return [`${indent}_arguments -s -S`, ...specs.map((spec) => `${indent}  ${spec}`)].join(' \\\n');
}

/** One specification for each name of an option; all names are left out when one of them was given. */
function optionSpecs({ shorts, longs, spec }: ReturnType<typeof optionsOf>[number]): string[] {
  const exclusion = spec.repeatable ? '*' : `(${[...shorts, ...longs].join(' ')})`;
  const doc = `[${spec.doc.replace(/[[\]\\]/g, '\\$&')}]`;
  const what = action(candidatesFor(spec));
  const message = (spec.arg ?? '').replaceAll(':', '\\:');
  return [...shorts, ...longs].map((name) => {
    if (spec.arg === undefined) return quote(`${exclusion}${name}${doc}`);
    const equals = name.startsWith('--') ? '=' : '';
    // After a minus sign the argument is part of the word, and two colons say that there may be none.
    if (spec.optional) return quote(`${exclusion}${name}${equals}-${doc}::${message}:${what}`);
    return quote(`${exclusion}${name}${equals || '+'}${doc}:${message}:${what}`);
  });
}

function action(candidates: Candidates): string {
  if (candidates === 'files') return '_files';
  if (candidates === 'none') return '';
  return typeof candidates === 'string' ? `_jeton_${candidates}` : `(${candidates.join(' ')})`;
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
