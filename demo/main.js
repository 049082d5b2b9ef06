// The demo as a program: its options, and what happens when it is broken off.
import { play } from './session.js';

const args = process.argv.slice(2);
if (args.some((arg) => arg !== '--browser')) {
  console.error(`Usage: npm run demo [-- --browser]

Shows registration, login and tokens with a development IAM, all in a temporary home.
  --browser  leave the prompts, and the approval in a browser, to you`);
  process.exit(64);
}

const interruption = new AbortController();
for (const [signal, exitCode] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
  process.on(signal, () => {
    process.exitCode = exitCode;
    interruption.abort();
  });
}
// A terminal that was closed, or a pipe that nobody reads any more.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => interruption.abort());

try {
  await play({ byHand: args.includes('--browser'), signal: interruption.signal });
} catch (error) {
  process.exitCode ??= error.exitCode ?? 1;
  console.error(
    interruption.signal.aborted ? '\nInterrupted; nothing is left behind.' : `\nError: ${error.message}`,
  );
}
