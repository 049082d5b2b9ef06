// The demo as a program.
import { signal } from './interruption.js';
import { play } from './session.js';
import { CommandError } from './stage.js';

const args = process.argv.slice(2);
if (args.some((arg) => arg !== '--browser')) {
  console.error(`Usage: npm run demo [-- --browser]

Shows registration, login and tokens with a development IAM, all in a temporary home.
  --browser  leave the prompts, and the approval in a browser, to you`);
  process.exit(64);
}

try {
  await play({ byHand: args.includes('--browser'), signal });
} catch (error) {
  process.exitCode ??= error instanceof CommandError ? error.exitCode : 1;
  const why = error instanceof Error ? error.message : error;
  console.error(signal.aborted ? '\nInterrupted; nothing is left behind.' : `\nError: ${why}`);
}
