// Events that interrupt the demo: a signal, the end of its terminal, a closed output, or the end of npm.

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

// npm passes SIGTERM on to its shell, which passes it on to no process: here only the change of the parent shows it.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) breakOff(143);
}, 100).unref();
