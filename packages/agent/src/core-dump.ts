/** Keeps secrets out of core dumps. Node cannot set the limit on core dumps, but Linux lets a process choose their content. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Selects the parts of the memory that go into a core dump; see core(5). The programs that a process starts inherit it. */
const FILTER_FILE = '/proc/self/coredump_filter';
const NO_MEMORY = '0';

let inherited: string | undefined;

/** Keeps the memory of this process out of core dumps from now on. Does nothing on systems other than Linux. */
export function keepMemoryOutOfCoreDumps(): void {
  try {
    inherited ??= `0x${readFileSync(FILTER_FILE, 'latin1').trim()}`;
    writeFileSync(FILTER_FILE, NO_MEMORY, { flag: 'r+' });
  } catch {
    // Another system, or one without /proc.
  }
}

/** Starts a program of the user with the setting that this process started with, so that the user's choice applies to it. */
export function withCoreDumps<Result>(start: () => Result): Result {
  if (inherited === undefined) return start();
  writeFileSync(FILTER_FILE, inherited, { flag: 'r+' });
  try {
    return start();
  } finally {
    keepMemoryOutOfCoreDumps();
  }
}
