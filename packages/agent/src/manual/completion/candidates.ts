/** The completions for an option's argument, and for the other arguments of a program. */

import { sections } from '../../command-line/help.ts';
import type { OptionSpec, ProgramSpec } from '../../command-line/option-table.ts';
import type { Manual } from '../manual.ts';

/** A program whose command line the shell completes. */
export type CommandLine = Pick<Manual, 'program' | 'commands'>;

/** Words, or a list that depends on the computer. */
export type Candidates = readonly string[] | 'accounts' | 'issuers' | 'files' | 'none';

/** By the name that `--help` has for the argument. */
export function candidatesFor({ arg, choices }: OptionSpec): Candidates {
  if (choices !== undefined) return choices;
  if (arg === 'ISSUER_URL') return 'issuers';
  if (arg === 'NAME|URL') return 'accounts';
  return arg === 'FILE' || arg === 'PATH' ? 'files' : 'none';
}

/** The candidates for an argument that is no option: accounts wherever a program accepts one. */
export function positionalCandidates({ argsDoc, positionals }: ProgramSpec): Candidates {
  if (positionals.max === 0) return 'none';
  if (argsDoc.includes('ACCOUNT')) return 'accounts';
  if (/^[a-z-]+( \| [a-z-]+)+$/.test(argsDoc)) return argsDoc.split(' | ');
  return argsDoc.includes('FILE') ? 'files' : 'none';
}

/** The commands whose lines are the candidates. */
export const listingCommands = { accounts: 'oidc-add --list', issuers: 'jeton issuers' } as const;

/** The documented options, and all names of each. */
export function optionsOf(program: ProgramSpec): { shorts: string[]; longs: string[]; spec: OptionSpec }[] {
  return sections(program)
    .flatMap(([, entries]) => entries)
    .map(([name, spec]) => ({
      shorts: spec.short === undefined ? [] : [`-${spec.short}`],
      longs: [name, ...(spec.aliases ?? [])].map((long) => `--${long}`),
      spec,
    }));
}

/** The name of a command without that of its program: `device-code` for `jeton device-code`. */
export const wordOf = (command: ProgramSpec) => command.name.split(' ').at(-1) ?? '';
