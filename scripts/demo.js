// `npm run demo [-- --browser]`: makes a fresh clone ready, then runs demo/main.js, which needs its packages and programs.
import { signal } from '../demo/interruption.js';
import { setUp } from './set-up.js';

try {
  await setUp(signal);
  await import('../demo/main.js');
} catch (error) {
  process.exitCode ??= 1;
  console.error(`Error: ${error instanceof Error ? error.message : error}`);
}
