// The tree of files that each package brings, as it lies below /usr, /usr/local or any other folder. All links in it are relative, and
// the programs find their parts from where they are: it can be anywhere, and be moved.
//
//   bin/NAME            links to lib/jeton/bin/NAME, or to a compiled program
//   lib/jeton/          the programs, the Node that runs them, and what they load; iam/ is jeton-iam
//   share/              manual pages, completion, systemd units, documents, examples
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, extname, join, relative } from 'node:path';
import { licenseOf } from '../scripts/third-party.js';
import { nodeProgram } from './node.js';
import { allowOlderGlibc } from './older-glibc.js';
import { outputFolder, root } from './version.js';

/** @typedef {import('./node.js').Arch} Arch */

/** Start at once, without Node; what else a user may ask of them, they leave to the Node programs. */
export const COMPILED = ['oidc-agent', 'oidc-token'];

/**
 * Makes the tree for one kind of computer, from what `npm run build` and `npm run build:native` have made.
 *
 * @param {Arch} arch
 * @param {string} [folder] is emptied first
 * @returns {Promise<string>} the folder
 * @throws {Error} if something is not built
 */
export async function stage(arch, folder = join(outputFolder, `linux-${arch}`)) {
  const isBuilt = [`packages/native/dist/linux-${arch}/oidc-agent-sleeper`, 'packages/iam/dist/jeton-iam.js'];
  const missing = isBuilt.find((file) => !existsSync(join(root, file)));
  if (missing !== undefined) throw new Error(`${missing} is missing: npm run build && npm run build:native`);
  await rm(folder, { recursive: true, force: true });
  const node = await nodeProgram(arch);
  await stagePrograms(arch, folder, node.program);
  await stageIam(folder);
  await stageManuals(folder);
  await stageDocuments(folder, node.license);
  return folder;
}

/**
 * The names of the programs, as users call them.
 *
 * @returns {Promise<{ node: string[], compiled: string[] }>}
 */
async function programs() {
  /** @type {{ bin: Record<string, string> }} */
  const { bin } = JSON.parse(await readFile(join(root, 'packages/agent/package.json'), 'utf8'));
  const node = Object.keys(bin).filter((name) => !COMPILED.includes(name));
  return { node: [...node, 'jeton-iam'], compiled: COMPILED };
}

/**
 * @param {Arch} arch
 * @param {string} folder
 * @param {string} node
 */
async function stagePrograms(arch, folder, node) {
  const lib = join(folder, 'lib/jeton');
  const built = join(root, 'packages/agent/dist');
  for (const name of await readdir(built)) {
    if (extname(name) === '.cjs' || name === 'package.json') await put(join(built, name), join(lib, name));
  }
  for (const name of [...COMPILED, 'oidc-agent-sleeper']) {
    await put(join(root, `packages/native/dist/linux-${arch}`, name), join(lib, name), 0o755);
  }
  await put(node, join(lib, 'node'), 0o755);
  const sodium = join(root, 'node_modules/sodium-native');
  const compiledSodium = `prebuilds/linux-${arch}/sodium-native.node`;
  for (const name of ['package.json', 'index.js', compiledSodium]) {
    await put(join(sodium, name), join(lib, 'node_modules/sodium-native', name));
  }
  await allowOlderGlibc(join(lib, 'node_modules/sodium-native', compiledSodium));
  const names = await programs();
  for (const name of names.node) {
    const script = name === 'jeton-iam' ? 'iam/jeton-iam.js' : `${name}.cjs`;
    await write(join(lib, 'bin', name), wrapper(script), 0o755);
    await link(join(lib, 'bin', name), join(folder, 'bin', name));
  }
  for (const name of names.compiled) await link(join(lib, name), join(folder, 'bin', name));
}

/** @param {string} script that our own Node runs, relative to lib/jeton */
function wrapper(script) {
  return `#!/bin/sh
self=$0
if [ -h "$self" ]; then self=$(readlink -f "$self"); fi
lib=\${self%/bin/*}
exec "$lib/node" "$lib/${script}" "$@"
`;
}

/** @param {string} folder */
async function stageIam(folder) {
  const iam = join(folder, 'lib/jeton/iam');
  const built = join(root, 'packages/iam/dist');
  await put(join(built, 'jeton-iam.js'), join(iam, 'jeton-iam.js'));
  for (const name of await readdir(join(built, 'chunks'))) {
    await put(join(built, 'chunks', name), join(iam, 'chunks', name));
  }
  await write(join(iam, 'package.json'), '{ "type": "module" }\n');
  const sqlite = join(root, 'node_modules/node-sqlite3-wasm');
  for (const name of ['package.json', 'dist/node-sqlite3-wasm.js', 'dist/node-sqlite3-wasm.wasm']) {
    await put(join(sqlite, name), join(iam, 'node_modules/node-sqlite3-wasm', name));
  }
}

/**
 * Manual pages, completion and units, where man, the shells and systemd look for those of users and of the whole computer.
 *
 * @param {string} folder
 */
async function stageManuals(folder) {
  const share = join(folder, 'share');
  for (const built of ['packages/agent/dist', 'packages/iam/dist'].map((path) => join(root, path))) {
    const pages = existsSync(join(built, 'man')) ? await readdir(join(built, 'man')) : [];
    for (const page of pages) await put(join(built, 'man', page), join(share, 'man/man1', page));
  }
  const completion = join(root, 'packages/agent/dist/completion');
  await put(join(completion, 'zsh'), join(share, 'zsh/site-functions/_jeton'));
  const bash = join(share, 'bash-completion/completions');
  const fish = join(share, 'fish/vendor_completions.d');
  await put(join(completion, 'bash'), join(bash, 'jeton'));
  await put(join(completion, 'fish'), join(fish, 'jeton.fish'));
  // These shells look for a file with the name of the program.
  const names = await programs();
  for (const name of [...names.node, ...names.compiled].filter((name) => name !== 'jeton')) {
    await link(join(bash, 'jeton'), join(bash, name));
    await link(join(fish, 'jeton.fish'), join(fish, `${name}.fish`));
  }
  const units = join(root, 'packages/agent/systemd');
  for (const unit of await readdir(units)) await put(join(units, unit), join(share, 'systemd/user', unit));
}

/**
 * @param {string} folder
 * @param {string} nodeLicense
 */
async function stageDocuments(folder, nodeLicense) {
  const documents = join(folder, 'share/doc/jeton');
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE'])
    await put(join(root, name), join(documents, name));
  await put(nodeLicense, join(documents, 'node-LICENSE'));
  for (const name of await readdir(join(root, 'docs'))) {
    if (extname(name) === '.md') await put(join(root, 'docs', name), join(documents, 'docs', name));
  }
  for (const name of await readdir(join(root, 'packages/agent/drop-in'))) {
    await put(join(root, 'packages/agent/drop-in', name), join(documents, 'examples', name), 0o755);
  }
  const licenses = await Promise.all([
    ...['packages/agent/dist', 'packages/iam/dist'].map((path) =>
      readFile(join(root, path, 'third-party.txt'), 'utf8'),
    ),
    ...['sodium-native', 'node-sqlite3-wasm'].map((name) => licenseOf(join(root, 'node_modules', name))),
  ]);
  await write(join(documents, 'third-party.txt'), licenses.join(`\n${'-'.repeat(80)}\n\n`));
}

/**
 * @param {string} from
 * @param {string} to
 * @param {number} [mode]
 */
async function put(from, to, mode = 0o644) {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  await chmod(to, mode);
}

/**
 * @param {string} to
 * @param {string} text
 * @param {number} [mode]
 */
async function write(to, text, mode = 0o644) {
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, text);
  await chmod(to, mode);
}

/**
 * @param {string} target
 * @param {string} path
 */
async function link(target, path) {
  await mkdir(dirname(path), { recursive: true });
  await symlink(relative(dirname(path), target), path);
}
