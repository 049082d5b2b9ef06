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

/** A script for bash from 3.2 on. */
export function bashCompletion(commandLines: readonly CommandLine[]): string {
  const programs = commandLines.flatMap(({ program, commands = [] }) => [
    programCase(
      program,
      commands.length > 0 ? commands.map((command) => wordOf(command.program)) : undefined,
    ),
    ...commands.map((command) => programCase(command.program)),
  ]);
  const withCommands = commandLines.filter(({ commands }) => commands !== undefined);
  return `# Completion for bash. To use it: jeton completion bash > ~/.jeton-completion.bash, and . ~/.jeton-completion.bash in ~/.bashrc
# For the program in $1 and the option in $2: what can follow. A kind of candidates, or "words" and the words.
_jeton_describe() {
  options='' rest=none value=''
  case $1 in
${programs.join('\n')}
  esac
}

# Adds what begins with $1 and can be one of the candidates $2, with $3 before it.
_jeton_add() {
  local item
  case $2 in
    files) compopt -o filenames 2> /dev/null; set -- "$1" "$(compgen -f -- "$1")" "$3" ;;
    accounts) set -- "$1" "$(${listingCommands.accounts} 2> /dev/null)" "$3" ;;
    issuers) set -- "$1" "$(${listingCommands.issuers} 2> /dev/null)" "$3" ;;
    words\\ *) set -- "$1" "$(printf '%s\\n' \${2#words })" "$3" ;;
    *) return ;;
  esac
  while IFS= read -r item; do
    [[ -n $item && $item == "$1"* ]] && COMPREPLY+=("$3$(printf %q "$item")")
  done <<< "$2"
}

_jeton() {
  local line=\${COMP_LINE:0:COMP_POINT} program=\${1##*/} current='' previous word ended='' options rest value
  local -a words
  read -ra words <<< "$line"
  if [[ $line != *[[:space:]] ]]; then
    current=\${words[\${#words[@]} - 1]}
    unset "words[\${#words[@]} - 1]"
  fi
  previous=\${words[\${#words[@]} - 1]}
  for word in "\${words[@]:1}"; do
    [[ $word == -- ]] && ended=yes
    case "$program" in
      ${withCommands.map(({ program }) => program.name).join('|')}) [[ $word != -* ]] && program="$program $word" ;;
    esac
  done
  COMPREPLY=()
  _jeton_describe "$program" "$previous"
  if [[ -z $ended && -n $value ]]; then
    _jeton_add "$current" "$value" ''
  elif [[ -z $ended && $current == --*=* ]]; then
    _jeton_describe "$program" "\${current%%=*}="
    _jeton_add "\${current#*=}" "$value" "\${current%%=*}="
  elif [[ -z $ended && $current == -* ]]; then
    _jeton_add "$current" "words $options" ''
    [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2> /dev/null
  else
    _jeton_add "$current" "$rest" ''
  fi
  # Readline treats the text after the last = or : as the word.
  local before=\${current%"\${current##*[=:]}"}
  [[ -n $before && $COMP_WORDBREAKS == *[=:]* ]] && COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  return 0
}

complete -F _jeton ${commandLines.map(({ program }) => program.name).join(' ')}
`;
}

function programCase(program: ProgramSpec, commands?: readonly string[]): string {
  const options = optionsOf(program);
  const longs = options.flatMap(({ longs, spec }) =>
    longs.map((name) => (spec.arg !== undefined && !spec.optional ? `${name}=` : name)),
  );
  const values = options.flatMap(({ shorts, longs, spec }) => {
    if (spec.arg === undefined) return [];
    // An argument that may be left out is never the next word.
    const separate = spec.optional ? [] : [...shorts, ...longs];
    const names = [...separate, ...longs.map((name) => `${name}=`)];
    return [`        ${names.join('|')}) value='${shown(candidatesFor(spec))}' ;;`];
  });
  return [
    `    '${program.name}')`,
    `      options='${longs.join(' ')}'`,
    `      rest='${shown(commands ?? positionalCandidates(program))}'`,
    ...(values.length > 0 ? ['      case $2 in', ...values, '      esac'] : []),
    '      ;;',
  ].join('\n');
}

const shown = (candidates: Candidates) =>
  typeof candidates === 'string' ? candidates : `words ${candidates.join(' ')}`;
