import { agentDirectory } from '../../../accounts/directory.ts';
import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments } from '../../../command-line/options.ts';
import { describeWarning } from '../../../config/issuers/issuer-file.ts';
import { knownIssuers } from '../../../config/issuers/issuers.ts';
import { harmless } from '../../../harmless.ts';
import { print, warn } from '../../../terminal/output.ts';

export const program = defineProgram({
  name: 'jeton issuers',
  argsDoc: '',
  doc: 'List the issuers from issuer.config and from the list that comes with jeton, those with the most accounts first',
  positionals: { min: 0, max: 0 },
  options: {},
});

/**
 * `jeton issuers`: one a line.
 * @throws FileError `no-directory` when a variable that is needed is not set
 */
export async function run(argv: readonly string[]): Promise<void> {
  readArguments(program, argv);
  const { issuers, warnings } = await knownIssuers(agentDirectory(process.env));
  for (const warning of warnings) warn(describeWarning(warning));
  for (const { issuer } of issuers) print(harmless(issuer));
}
