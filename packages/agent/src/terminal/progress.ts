/** A line at the terminal that says for what the program waits, after half a second, and is gone when the wait ends. */
import type { WriteStream } from 'node:tty';
import { harmless } from '../harmless.ts';
import { showWaiting } from '../waiting.ts';
import { coloured, style } from './style.ts';

/** A shorter wait needs no explanation. */
const PATIENCE_MS = 500;
const ERASE = '\r\u001b[K';

/** The last line of the terminal belongs to something else, such as a countdown. */
let isTaken = false;

/** Lets the waits of this program show, at a terminal that understands escape sequences; a pipe or file gets nothing. */
export function showProgress(
  screen: Pick<WriteStream, 'isTTY' | 'columns' | 'write'> = process.stderr,
): void {
  if (coloured(screen)) showWaiting((what) => line(`Waiting for ${what} ...`, screen));
}

/** Keeps the last line of the terminal free of progress until the returned function is called. */
export function takeLastLine(): () => void {
  isTaken = true;
  return () => {
    isTaken = false;
  };
}

function line(text: string, screen: Pick<WriteStream, 'isTTY' | 'columns' | 'write'>): () => void {
  let isShown = false;
  const timer = setTimeout(() => {
    if (isTaken) return;
    isShown = true;
    // A longer line would wrap, and only its last part could be erased.
    const shown = harmless(text).slice(0, Math.max(0, (screen.columns ?? 80) - 1));
    screen.write(`${ERASE}${style('dim', shown, screen)}`);
  }, PATIENCE_MS);
  timer.unref();
  return () => {
    clearTimeout(timer);
    if (isShown) screen.write(ERASE);
  };
}
