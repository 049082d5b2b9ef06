import type { OptionSpec, ProgramSpec } from '../../command-line/option-table.ts';
import {
  type Candidates,
  type CommandLine,
  candidatesFor,
  listingCommands,
  optionsOf,
  positionalCandidates,
  wordOf,
} from './candidates.ts';

/** A script for fish. */
export function fishCompletion(commandLines: readonly CommandLine[]): string {
  const lines = commandLines.flatMap(({ program, commands = [] }) => [
    `# ${program.name}`,
    `complete -c ${program.name} -f`,
    ...(commands.length > 0 ? [] : completions(program.name, program, '')),
    ...commands.flatMap(({ summary, program: command }) => [
      `complete -c ${program.name} -n __fish_use_subcommand -a ${wordOf(command)} -d ${quote(summary)}`,
      ...completions(program.name, command, ` -n '__fish_seen_subcommand_from ${wordOf(command)}'`),
    ]),
  ]);
  return `# Completion for fish. To use it: jeton completion fish > ~/.config/fish/conf.d/jeton.fish
${lines.join('\n')}
`;
}

function completions(name: string, program: ProgramSpec, condition: string): string[] {
  const start = `complete -c ${name}${condition}`;
  const rest = positionalCandidates(program);
  return [
    ...(rest === 'none' ? [] : [`${start}${argument(rest)}`]),
    ...optionsOf(program).map(({ shorts, longs, spec }) => {
      const names = [
        ...shorts.map((short) => ` -s ${quote(short.slice(1))}`),
        ...longs.map((long) => ` -l ${long.slice(2)}`),
      ];
      return `${start}${names.join('')}${value(spec)} -d ${quote(spec.doc)}`;
    }),
  ];
}

function value(spec: OptionSpec): string {
  if (spec.arg === undefined || spec.optional) return '';
  return ` -r${argument(candidatesFor(spec))}`;
}

function argument(candidates: Candidates): string {
  if (candidates === 'files') return ' -F';
  if (candidates === 'none') return ' -f';
  if (typeof candidates === 'string') return ` -f -a '(${listingCommands[candidates]} 2> /dev/null)'`;
  return ` -f -a ${quote(candidates.join(' '))}`;
}

const quote = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
