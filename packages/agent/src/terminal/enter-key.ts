/** Enter, while the program waits for something else. */
import { readFileSync } from 'node:fs';

/**
 * Calls a function for each empty line that the user types. The terminal stays as it is: Ctrl-C is a signal, and lines with a text are
 * kept for the next question. Reads only while the program is in the foreground: the system stops one in the background that reads.
 *
 * @returns ends it; undefined without a terminal, and for a program that starts in the background
 */
export function onEnter(enter: () => void): (() => void) | undefined {
  const { stdin } = process;
  if (!stdin.isTTY || !isInForeground()) return undefined;
  const kept: Buffer[] = [];
  const read = (chunk: Buffer) => {
    if (/^\n+$/.test(chunk.toString())) enter();
    else kept.push(chunk);
  };
  const afterStop = () => {
    if (isInForeground()) stdin.resume();
    else stdin.pause();
  };
  stdin.on('data', read);
  process.on('SIGCONT', afterStop);
  return () => {
    process.off('SIGCONT', afterStop);
    stdin.off('data', read);
    stdin.pause();
    if (kept.length > 0) stdin.unshift(Buffer.concat(kept));
  };
}

/** Whether the terminal belongs to the program's process group. Where the system does not say, only that a shell has started it so. */
function isInForeground(): boolean {
  try {
    // proc_pid_stat(5): fields 5 and 8, counted after the name of the program, which may contain blanks.
    const [, rest = ''] = /^.*\) (.*)/s.exec(readFileSync('/proc/self/stat', 'utf8')) ?? [];
    const fields = rest.split(' ');
    return fields[2] === fields[5];
  } catch {
    return process.platform === 'darwin';
  }
}
