import { join } from 'node:path';
import { agentDirectory } from '../../accounts/directory.ts';
import { type Finished, run } from '../../accounts/passwords/run-command.ts';
import { systemErrorCode } from '../../files/system-error.ts';
import { ProgramError } from '../../terminal/run.ts';
import { type Command, siblingCommand } from '../../terminal/sibling.ts';

/** The settings of the user and the administrator for the service. */
export interface ServiceOptions {
  /** `OIDC_AGENT`: the program that is the agent. */
  readonly agent: Command;
  /** Whether that is the one of this suite. */
  readonly isOwnAgent: boolean;
  /** `OIDC_AGENT_OPTS` */
  readonly agentOptions: readonly string[];
  /** `START_AGENT_WITH_XSESSION` */
  readonly startsWithX: boolean;
  /** `OIDC_AGENT_RESTART_WITH_SAME_OPTS` */
  readonly keepsOptions: boolean;
}

const FILE_NAME = 'oidc-agent-service.options';
const SYSTEM_FILE = `/etc/oidc-agent/${FILE_NAME}`;

/**
 * Reads the files in its arguments, and prints the variables. Keeps the output of a file out of eval. A shell continues
 * after a syntax error, so the script checks each file first. `$0` is the shell itself.
 */
const script = `
for file; do
  if [ -f "$file" ]; then
    "$0" -n "$file" || exit
    . "$file" >&2
  fi
done
set -f
printf '%s\\0' "$OIDC_AGENT" "$START_AGENT_WITH_XSESSION" "$OIDC_AGENT_RESTART_WITH_SAME_OPTS" $OIDC_AGENT_OPTS
`;

/**
 * The options of the service (docs/oidc-agent-service.md): reads the user's file first, then the system's, which may
 * change or extend them. The files are shell scripts, the user's own configuration, so a shell has to read them.
 *
 * @throws ProgramError if one of them fails
 */
export async function readOptionsFiles(env: NodeJS.ProcessEnv): Promise<ServiceOptions> {
  const directory = agentDirectory(env);
  const files = [...(directory === undefined ? [] : [join(directory, FILE_NAME)]), SYSTEM_FILE];
  const { status, stdout } = await runShell(files);
  if (status !== 0) {
    throw new ProgramError(`could not read the options of the service (exit status ${status})`, [
      `check ${files.join(' and ')}`,
    ]);
  }
  const [agent, startsWithX, keepsOptions, ...agentOptions] = stdout.split('\0').slice(0, -1);
  return {
    agent: agent ? [agent] : siblingCommand('oidc-agent'),
    isOwnAgent: !agent,
    agentOptions: agentOptions.filter((option) => option !== ''),
    startsWithX: (startsWithX || 'True') === 'True',
    keepsOptions: (keepsOptions || 'True') === 'True',
  };
}

/** The C program is a bash script: so may these be. */
async function runShell(files: readonly string[]): Promise<Finished> {
  const read = (shell: string) =>
    run(shell, ['-c', script, shell, ...files], { input: '', stderr: 'inherit' });
  try {
    return await read('bash');
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    return await read('/bin/sh');
  }
}
