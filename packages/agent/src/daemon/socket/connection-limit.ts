import { readFileSync } from 'node:fs';

/** The agent refuses clients beyond this number with a clear error, until others disconnect. */
const mostConnections = 1024;
/** Descriptors for issuers, account files, refused clients, and Node itself. */
const reserve = 128;
/** A group's door gets one connection of so many. */
export const guestsShare = 4;
/** Clients that are served even where descriptors are few. */
const fewestConnections = 16;

/** Maximum number of concurrent clients, given the number of files that this process may open. */
export function connectionLimit(openFiles: number | undefined = openFilesLimit()): number {
  if (openFiles === undefined) return mostConnections;
  return Math.max(fewestConnections, Math.min(mostConnections, openFiles - reserve));
}

/** The limit on open files, which Node has raised to the maximum; undefined if the system does not report it. */
function openFilesLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
