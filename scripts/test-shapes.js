// `npm run test:shapes [files]`: the end-to-end tests with each shape that an agent has (docs/sleeping-agent.md), one after another. The
// expectations are the same for all. Build first: npm run build, npm run build:native.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const LAST_LINE = /^\d+ passed, \d+ failed, \d+ skipped$/m;

/**
 * The shapes, and the seconds after which an agent goes to sleep: undefined as users have it.
 *
 * @type {[name: string, sleepAfter: string | undefined][]}
 */
const shapes = [
  ['an agent that sleeps', undefined],
  ['asleep after each request', '0'],
  ['the Node program all the time', 'never'],
];

if (!existsSync(join(root, 'packages/agent/dist/oidc-agent-sleeper'))) {
  console.error('Error: there is no agent that sleeps\nhint: npm run build && npm run build:native');
  process.exit(1);
}
/** @type {string[]} */
const summary = [];
for (const [name, sleepAfter] of shapes) {
  console.log(`\n${name} (JETON_SLEEP_AFTER ${sleepAfter ?? 'not set'})`);
  const { JETON_SLEEP_AFTER: _, ...others } = process.env;
  const { code, output } = await runTests(
    sleepAfter === undefined ? others : { ...others, JETON_SLEEP_AFTER: sleepAfter },
  );
  if (code !== 0) process.exitCode = 1;
  summary.push(`${name}: ${LAST_LINE.exec(output)?.[0] ?? `vitest ended with ${code}`}`);
  summary.push(...namesOf(output));
}
console.log(`\n${summary.join('\n')}`);

/**
 * Shows what vitest prints, and keeps it.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function runTests(env) {
  const args = ['run', '--project', 'e2e', ...process.argv.slice(2)];
  const vitest = spawn(join(root, 'node_modules', '.bin', 'vitest'), args, {
    cwd: root,
    env,
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  let output = '';
  vitest.stdout.setEncoding('utf8').on('data', (piece) => {
    output += piece;
    process.stdout.write(piece);
  });
  return new Promise((resolve) =>
    vitest.once('close', (code) => resolve({ code, output: stripVTControlCharacters(output) })),
  );
}

/**
 * The tests that failed, or passed at the second attempt only.
 *
 * @param {string} output
 */
function namesOf(output) {
  const lines = output.split('\n').filter((line) => /^(?: FAIL |passed at the second attempt: )/.test(line));
  return [...new Set(lines)].map((line) => `  ${line.trim()}`);
}
