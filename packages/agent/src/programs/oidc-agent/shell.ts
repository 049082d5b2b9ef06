import { shellQuote } from '@jeton/client/shell-quote';

/**
 * What `eval $(oidc-agent)` runs. Of an agent whose process is not known, the one that was known before is forgotten.
 *
 * @param quiet leaves out what shows the process to a person
 */
export function startCommands(socketPath: string, pid: number | undefined, quiet: boolean): string {
  const process =
    pid === undefined
      ? ['unset OIDCD_PID;']
      : [`OIDCD_PID=${pid}; export OIDCD_PID;`, ...(quiet ? [] : ['echo Agent pid $OIDCD_PID'])];
  return [`OIDC_SOCK=${shellQuote(socketPath)}; export OIDC_SOCK;`, ...process].join('\n');
}

/** What `eval $(oidc-agent -k)` runs. */
export function killCommands(pid: number): string {
  return ['unset OIDC_SOCK;', 'unset OIDCD_PID;', `echo Agent pid ${pid} killed;`].join('\n');
}
