import { readFileSync } from 'node:fs';

/** The agent refuses clients beyond this number with a clear error, until others disconnect. */
export const MAX_CONNECTIONS = 1024;
/** Descriptors for issuers, account files, refused clients, and Node itself. */
export const RESERVED_DESCRIPTORS = 128;
/** A group's door gets this fraction of the connections: one in four. */
export const GUESTS_SHARE = 4;
/** Minimum number of clients, also where descriptors are few. */
export const MIN_CONNECTIONS = 16;

/** Maximum number of concurrent clients, given the number of files that this process may open. */
export function connectionLimit(openFiles: number | undefined = openFilesLimit()): number {
  if (openFiles === undefined) return MAX_CONNECTIONS;
  return Math.max(MIN_CONNECTIONS, Math.min(MAX_CONNECTIONS, openFiles - RESERVED_DESCRIPTORS));
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
