// `npm run demo [-- --browser]`: makes a fresh clone ready, then runs demo/main.js, which needs its packages and programs.
import { setUp } from './set-up.js';

try {
  await setUp();
} catch (error) {
  console.error(`Error: ${error.message}`);
  process.exit(1);
}
await import('../demo/main.js');
