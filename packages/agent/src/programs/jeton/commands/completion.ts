import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments, UsageError } from '../../../command-line/options.ts';
import { didYouMean } from '../../../nearest.ts';
import { writeAll } from '../../../stdio.ts';

const SHELLS = ['bash', 'zsh', 'fish'];

export const program = defineProgram({
  name: 'jeton completion',
  argsDoc: SHELLS.join(' | '),
  doc: 'Print a shell completion script for the options and accounts of all programs',
  positionals: { min: 1, max: 1 },
  options: {},
});

/**
 * `jeton completion SHELL`. The build writes the scripts into a folder next to the programs.
 * @throws UsageError for a shell without completion
 */
export async function run(argv: readonly string[]): Promise<void> {
  const [shell = ''] = readArguments(program, argv).positionals;
  if (!SHELLS.includes(shell)) {
    const problem = `there is no completion for '${shell}', only for ${SHELLS.join(', ')}`;
    throw new UsageError(program, problem, didYouMean(shell, SHELLS));
  }
  writeAll(1, readFileSync(join(import.meta.dirname, 'completion', shell), 'utf8'));
}
