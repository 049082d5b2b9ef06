import { openSync } from 'node:fs';
import { WriteStream } from 'node:tty';

let terminal: WriteStream | undefined | 'not looked for' = 'not looked for';

/**
 * Where a person may look for what needs an answer in time: stderr, and when that goes to a file or a pipe, the terminal
 * that the program was started from as well, if there is one.
 */
export function screens(): readonly WriteStream[] {
  if (process.stderr.isTTY) return [process.stderr];
  if (terminal === 'not looked for') terminal = openTerminal();
  return terminal === undefined ? [process.stderr] : [process.stderr, terminal];
}

function openTerminal(): WriteStream | undefined {
  try {
    return new WriteStream(openSync('/dev/tty', 'w'));
  } catch {
    return undefined;
  }
}
