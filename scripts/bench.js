// `npm run bench [name]`: runs bench/<name>.ts, or all of them, against the built programs.
/** @import { Plugin } from 'esbuild' */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const known = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'));
const wanted = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : known;
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Error: no benchmark '${unknown.join("', '")}'\nhint: there are: ${known.join(', ')}`);
  process.exit(64);
}

// Node reads these certificates at each start, which takes longer than many a thing that is measured here.
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
/** @param {string[]} args */
const run = (...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
};

/**
 * The packages of this project are compiled in from source.
 *
 * @type {Plugin}
 */
const installedPackagesAreExternal = {
  name: 'installed packages are external',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith('@jeton/') ? undefined : { external: true },
    );
  },
};

if (newest('src') > newest('dist')) run('scripts/build.js');
if (names.includes('token') || names.includes('agent')) run('scripts/build-native.js');
for (const name of names) {
  // As deep below the root as e2e/support/computer, which finds the programs by its own path.
  const outfile = join(root, 'node_modules', '.cache', 'bench', `${name}.js`);
  await build({
    absWorkingDir: root,
    entryPoints: [`bench/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['jeton-source'],
    plugins: [installedPackagesAreExternal],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  run(outfile);
}

/**
 * The time of the newest file of a folder in any package; 0 without a file.
 *
 * @param {string} folder
 */
function newest(folder) {
  // A separate build compiles the native programs.
  const packages = readdirSync(join(root, 'packages')).filter((name) => name !== 'native');
  return Math.max(0, ...packages.flatMap((name) => fileTimes(join(root, 'packages', name, folder))));
}

/** @param {string} folder */
function fileTimes(folder) {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
    (file) => statSync(join(folder, file)).mtimeMs,
  );
}
