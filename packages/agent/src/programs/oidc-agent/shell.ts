import { shellQuote } from '@jeton/client/shell-quote';

/** A remark for the user, where the commands are those of an agent that ran before. */
export const ALREADY_RUNNING = 'oidc-agent was already running; this is the same agent';

/**
 * The shell commands for `eval $(oidc-agent)`. If the agent's process ID is unknown, they unset the former one.
 *
 * @param quiet omits the command that shows the process ID to the user
 */
export function startCommands(socketPath: string, pid: number | string | undefined, quiet: boolean): string {
  const process =
    pid === undefined
      ? ['unset OIDCD_PID;']
      : [`OIDCD_PID=${pid}; export OIDCD_PID;`, ...(quiet ? [] : ['echo Agent pid $OIDCD_PID'])];
  return [`OIDC_SOCK=${shellQuote(socketPath)}; export OIDC_SOCK;`, ...process].join('\n');
}

/** The shell commands for `eval $(oidc-agent -k)`. */
export function killCommands(pid: number): string {
  return ['unset OIDC_SOCK;', 'unset OIDCD_PID;', `echo Agent pid ${pid} killed;`].join('\n');
}
