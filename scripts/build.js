// Bundles every program with esbuild and links it into node_modules/.bin, as npm does for an installed package.
/** @import { BuildOptions, Metafile, TransformOptions } from 'esbuild' */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { launcher, placeCompiled } from './compiled-programs.js';
import { linkedLicenses } from './libsodium.js';
import { bundledPackages, SEPARATOR, thirdPartyLicenses } from './third-party.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * What every bundle shares: workspace packages are compiled in from source, npm packages are loaded as installed.
 *
 * @satisfies {BuildOptions}
 */
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  conditions: ['jeton-source'],
  // jsonc-parser has no `exports`, and its `main` is UMD, which cannot be bundled.
  mainFields: ['module', 'main'],
  logLevel: 'warning',
  legalComments: 'none',
};

/**
 * What went into the bundles, by the folder in which they are.
 *
 * @type {Record<string, Metafile[]>}
 */
const metafiles = {};

/** @typedef {BuildOptions & { outdir: string }} BundleOptions */

/**
 * Bundles, and writes nothing yet.
 *
 * @param {BundleOptions} options
 */
async function bundle(options) {
  const { outputFiles, metafile } = await build({ ...options, write: false, metafile: true });
  metafiles[options.outdir] = [...(metafiles[options.outdir] ?? []), metafile];
  return outputFiles;
}

/**
 * A program starts soonest as CommonJS, and in as few characters as possible: what only some runs need is behind an
 * import() and becomes a file of its own. esbuild splits ESM only, so each file is made CommonJS afterwards.
 *
 * @param {string} name
 * @param {string} source
 * @param {string} outdir
 */
async function program(name, source, outdir) {
  const outputFiles = await bundle({
    ...shared,
    format: 'esm',
    splitting: true,
    entryPoints: { [name]: source },
    outdir,
    outExtension: { '.js': '.cjs' },
    chunkNames: '[name]-[hash]',
    define: {
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
      Headers: 'fetchClasses.Headers',
      Response: 'fetchClasses.Response',
    },
    inject: ['scripts/fetch-classes.js'],
    alias: { undici: './undici.cjs', 'sodium-native': './sodium.cjs' },
    external: ['./undici.cjs', './sodium.cjs'],
  });
  return await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const { code } = await transform(text, { ...commonJs, supported: { 'dynamic-import': false } });
      return { path, contents: code };
    }),
  );
}

/** @satisfies {TransformOptions} */
const commonJs = { format: 'cjs', platform: 'node', target: 'node20', minify: true, legalComments: 'none' };

const agent = {
  jeton: 'packages/agent/src/programs/jeton/main.ts',
  'oidc-agent': 'packages/agent/src/programs/oidc-agent/main.ts',
  'oidc-agent-foreground': 'packages/agent/src/programs/oidc-agent/foreground.ts',
  'oidc-agent-in-place': 'packages/agent/src/programs/oidc-agent/in-place.ts',
  'oidc-gen': 'packages/agent/src/programs/oidc-gen/main.ts',
  'oidc-add': 'packages/agent/src/programs/oidc-add/main.ts',
  'oidc-token': 'packages/agent/src/programs/oidc-token/main.ts',
  'oidc-agent-service': 'packages/agent/src/programs/oidc-agent-service/main.ts',
  'oidc-keychain': 'packages/agent/src/programs/oidc-keychain/main.ts',
  'oidc-prompt': 'packages/agent/src/programs/oidc-prompt/main.ts',
  'oidc-tokensh': 'packages/agent/src/programs/oidc-tokensh/main.ts',
  daemon: 'packages/agent/src/daemon/process/main.ts',
  awake: 'packages/agent/src/daemon/process/awake.ts',
};

/**
 * A package that the programs share, and that only a program loads that talks to an issuer. What its index.js exports besides, such as
 * WebSocket, takes as long to load again as all that is used here.
 *
 * @type {BundleOptions}
 */
const undici = {
  ...shared,
  ...commonJs,
  entryPoints: { undici: 'node_modules/undici/index.js' },
  outdir: 'packages/agent/dist',
  outExtension: { '.js': '.cjs' },
  plugins: [
    {
      name: 'used parts of undici',
      setup: ({ onLoad }) => {
        onLoad({ filter: /undici[/\\]index\.js$/ }, () => ({ contents: usedUndici }));
      },
    },
  ],
};
const usedUndici = `
  const Dispatcher = require('./lib/dispatcher/dispatcher');
  Dispatcher.prototype.request = require('./lib/api/api-request');
  module.exports = {
    Dispatcher,
    EnvHttpProxyAgent: require('./lib/dispatcher/env-http-proxy-agent'),
    Pool: require('./lib/dispatcher/pool'),
    buildConnector: require('./lib/core/connect'),
    Headers: require('./lib/web/fetch/headers').Headers,
    Response: require('./lib/web/fetch/response').Response,
  };`;

/**
 * sodium-native finds its compiled part with a resolver of a dozen modules, which takes longer than to load it: here it is
 * looked for at its usual place first. Node's assert is large, and all that it is used for are conditions with a message.
 *
 * @type {BundleOptions}
 */
const sodium = {
  ...shared,
  ...commonJs,
  outdir: 'packages/agent/dist',
  outExtension: { '.js': '.cjs' },
  entryPoints: { sodium: 'node_modules/sodium-native/index.js' },
  external: ['sodium-native'],
  plugins: [
    {
      name: 'lighter parts of sodium-native',
      setup: ({ onLoad, onResolve }) => {
        onLoad({ filter: /sodium-native[/\\]binding\.js$/ }, () => ({ contents: compiledSodium }));
        onResolve({ filter: /^assert$/ }, ({ path }) => ({ path, namespace: 'lighter' }));
        onLoad({ filter: /.*/, namespace: 'lighter' }, () => ({ contents: assertion }));
      },
    },
  ],
};
const compiledSodium = `
  const { dirname, join } = require('node:path');
  const folder = dirname(require.resolve('sodium-native'));
  const compiled = join(folder, 'prebuilds', process.platform + '-' + process.arch, 'sodium-native.node');
  try {
    module.exports = require(compiled);
  } catch {
    module.exports = require(join(folder, 'binding.js'));
  }`;
const assertion = `
  module.exports = (condition, message) => {
    if (!condition) throw new Error(message);
  };`;

/**
 * The program and the library: ESM with code splitting, so that both share their parts, and an import() is read from disk only when it runs.
 *
 * @type {BundleOptions}
 */
const iam = {
  ...shared,
  format: 'esm',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  entryPoints: {
    'jeton-iam': 'packages/iam/src/program/jeton-iam.ts',
    index: 'packages/iam/src/index.ts',
  },
  outdir: 'packages/iam/dist',
  // It looks for its .wasm file in its own folder.
  external: ['node-sqlite3-wasm'],
};

/**
 * One file that imports nothing but parts of Node.
 *
 * @type {BundleOptions}
 */
const client = {
  ...shared,
  format: 'esm',
  entryPoints: { index: 'packages/client/src/index.ts' },
  outdir: 'packages/client/dist',
};

/** Man pages and completion, made from the option tables by a program that runs here and now. */
async function manualFiles() {
  const outdir = join(root, 'node_modules/.cache/manual');
  await build({
    ...shared,
    format: 'esm',
    entryPoints: {
      files: 'packages/agent/src/manual/files.ts',
      iam: 'packages/iam/src/program/manual.ts',
    },
    outdir,
    outExtension: { '.js': '.mjs' },
    external: ['sodium-native', 'undici'],
  });
  /** @type {[typeof import('../packages/agent/src/manual/files.ts'), typeof import('../packages/iam/src/program/manual.ts')]} */
  const [{ manualFiles }, { manual }] = await Promise.all([
    import(join(outdir, 'files.mjs')),
    import(join(outdir, 'iam.mjs')),
  ]);
  return Object.entries(manualFiles(manual));
}

/**
 * Writes the .d.ts files of a library.
 *
 * @param {string} folder
 * @returns {Promise<void>}
 */
function declarations(folder) {
  const compiler = spawn(join(root, 'node_modules', '.bin', 'tsc'), ['-p', folder], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    compiler.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`tsc ended with ${code}`))));
  });
}

const packages = ['client', 'agent', 'iam'];
// Nothing is replaced before everything is built: a mistake in a source leaves the programs of before.
const results = await Promise.all([
  ...Object.entries(agent).map(([name, source]) => program(name, source, 'packages/agent/dist')),
  ...[undici, sodium, iam, client].map(bundle),
]);
/** Programs that are compiled, too. A checkout links these Node programs, which are under the names that the compiled ones have. */
const replaceable = results
  .flat()
  .filter(({ path }) => path.endsWith('/oidc-token.cjs') || path.endsWith('/oidc-agent.cjs'))
  .map(({ path, contents }) => ({ path: path.slice(0, -'.cjs'.length), contents }));
const launchers = ['oidc-token', 'oidc-agent'].map((name) => ({
  path: join(root, 'packages/agent/dist/launch', name),
  contents: launcher(name),
}));
const licenses = Object.entries(metafiles).map(async ([folder, about]) => {
  const texts = [await thirdPartyLicenses(root, about)];
  // Beside the compiled programs.
  if (folder === 'packages/agent/dist') texts.push(linkedLicenses());
  return { path: join(root, folder, 'third-party.txt'), contents: texts.join(SEPARATOR) };
});
const files = [
  ...results.flat(),
  ...(await manualFiles()).map(([path, contents]) => ({ path: join(root, 'packages', path), contents })),
  ...replaceable,
  ...launchers,
  // For what has no ending.
  { path: join(root, 'packages/agent/dist/package.json'), contents: '{ "type": "commonjs" }\n' },
  ...(await Promise.all(licenses)).filter(({ contents }) => contents !== ''),
  // For packaging/release/shipped.js, which audits and lists them.
  {
    path: join(root, 'node_modules/.cache/bundled.json'),
    contents: JSON.stringify(bundledPackages(Object.values(metafiles).flat())),
  },
];
await Promise.all(
  packages.map((name) => rm(join(root, 'packages', name, 'dist'), { recursive: true, force: true })),
);
for (const { path, contents } of files) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}
placeCompiled();
await Promise.all(['client', 'iam'].map((name) => declarations(join(root, 'packages', name))));

const binaries = join(root, 'node_modules', '.bin');
await mkdir(binaries, { recursive: true });
for (const name of packages) {
  const folder = join(root, 'packages', name);
  /** @type {{ bin?: Record<string, string> }} */
  const { bin = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  for (const [program, file] of Object.entries(bin)) {
    await chmod(join(folder, file), 0o755);
    const replaced = join(folder, 'dist', program);
    const linked = existsSync(replaced) ? replaced : join(folder, file);
    await chmod(linked, 0o755);
    await rm(join(binaries, program), { force: true });
    await symlink(relative(binaries, linked), join(binaries, program));
  }
}
