// Makes a checkout ready to run its programs: fetches packages and builds, each only when it is needed.
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** The compiled oidc-token is not among them: the demo does without it, and without the compilers that it needs. */
const packages = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name))
  .filter((folder) => existsSync(join(folder, 'src')));

/**
 * Runs `npm ci` when node_modules is missing or older than the lock file, and the build when a program is missing or older
 * than a source. Tells each in one line on stderr, and more only when it fails.
 *
 * @param {AbortSignal} signal ends what is running
 * @throws when a step fails or is broken off
 */
export async function setUp(signal) {
  if (timeOf('package-lock.json') > timeOf('node_modules/.package-lock.json')) {
    await step('Fetching packages', 'npm', ['ci'], signal);
  }
  if (newestSource() > oldestProgram()) {
    await step('Building the programs', process.execPath, ['scripts/build.js'], signal);
  }
}

/**
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function step(what, command, args, signal) {
  process.stderr.write(`${what} (${[command === 'npm' ? 'npm' : 'node', ...args].join(' ')}) ... `);
  const began = performance.now();
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], signal });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    /** @param {string} reason */
    const fail = (reason) => {
      process.stderr.write(`failed\n${output}`);
      reject(new Error(`${what}: ${reason}`));
    };
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => {
      if (code !== 0) return fail(`exit code ${code}`);
      process.stderr.write(`done in ${Math.round((performance.now() - began) / 1000)} s\n`);
      resolve();
    });
  });
}

function newestSource() {
  const files = packages.flatMap((folder) => [
    join(folder, 'package.json'),
    ...readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' }).map((name) =>
      join(folder, 'src', name),
    ),
  ]);
  return Math.max(timeOf('scripts/build.js'), ...files.map((file) => statSync(file).mtimeMs));
}

/** By the links in node_modules/.bin, which the build makes last: one that was broken off leaves the old ones. */
function oldestProgram() {
  const programs = packages.flatMap((folder) => {
    /** @type {{ bin?: Record<string, string> }} */
    const { bin = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return Object.entries(bin).map(([name, file]) => ({ name, file: join(folder, file) }));
  });
  return Math.min(
    ...programs.map(({ name, file }) => {
      if (statSync(file, { throwIfNoEntry: false }) === undefined) return 0;
      return timeOf(join('node_modules/.bin', name));
    }),
  );
}

/**
 * The time at which a file of the checkout was written, or a link was made; 0 if it does not exist.
 *
 * @param {string} path
 */
function timeOf(path) {
  return lstatSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
