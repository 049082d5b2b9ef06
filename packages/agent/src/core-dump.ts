/** What a program leaves behind that dies of a fault. Node cannot set the limit on core dumps, but Linux lets a process say what is in one. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Which parts of the memory go into a core dump; see core(5). Passed on to the programs that a process starts. */
const filter = '/proc/self/coredump_filter';
const nothing = '0';

let inherited: string | undefined;

/** From now on a core dump of this process holds none of its memory, in which secrets are. Without effect where there is no Linux. */
export function keepMemoryOutOfCoreDumps(): void {
  try {
    inherited ??= `0x${readFileSync(filter, 'latin1').trim()}`;
    writeFileSync(filter, nothing, { flag: 'r+' });
  } catch {
    // Another system, or one without /proc.
  }
}

/** Starts a program of the person's own, which is to leave core dumps as the person wants them. */
export function withCoreDumps<Result>(start: () => Result): Result {
  if (inherited === undefined) return start();
  writeFileSync(filter, inherited, { flag: 'r+' });
  try {
    return start();
  } finally {
    keepMemoryOutOfCoreDumps();
  }
}
