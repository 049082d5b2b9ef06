import { openSync } from 'node:fs';
import { WriteStream } from 'node:tty';

let terminal: WriteStream | undefined | 'not looked for' = 'not looked for';

/**
 * The outputs on which to show a question with a deadline: stderr, and if it goes to a file or a pipe,
 * also the terminal that started the program, if any.
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
