// What breaks the demo off: a signal, the end of its terminal, a reader who has gone away, or the end of npm.

const interruption = new AbortController();

/** Aborted when the demo is to end early; `process.exitCode` is then set. */
export const { signal } = interruption;

/** @param {number} exitCode */
function breakOff(exitCode) {
  process.exitCode ??= exitCode;
  interruption.abort();
}

process.on('SIGHUP', () => breakOff(129));
process.on('SIGINT', () => breakOff(130));
process.on('SIGTERM', () => breakOff(143));
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => breakOff(1));

// npm passes SIGTERM on to its shell, and that to nobody: all that can be seen here is that the parent is another one.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) breakOff(143);
}, 100).unref();
