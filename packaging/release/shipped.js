// What of other people's packages reaches a user: npm's own commands see it as a project of its own, with a package.json and a lock file.
// In this repository most of it is a development dependency, as esbuild compiles it in, and what is installed with it is more.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, VERSION } from '../version.js';

/**
 * A package in package-lock.json.
 *
 * @typedef {object} Locked
 * @property {string} version
 * @property {Record<string, string>} [dependencies]
 */

/**
 * Writes the project for as long as a function uses it.
 *
 * @template T
 * @param {(folder: string) => Promise<T>} use
 * @returns {Promise<T>}
 * @throws {Error} if the programs are not built
 */
export async function withShippedProject(use) {
  const folder = await mkdtemp(join(tmpdir(), 'jeton-shipped-'));
  try {
    const { manifest, lock } = await shippedProject();
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @returns the contents of package.json and package-lock.json */
async function shippedProject() {
  /** @type {{ packages: Record<string, Locked> }} */
  const { packages } = await readJson('package-lock.json');
  const folders = await shippedPackages(packages);
  /** @type {(from: string, dependencies?: Record<string, string>) => Record<string, string>} */
  const shippedOf = (from, dependencies = {}) =>
    Object.fromEntries(
      Object.entries(dependencies).filter(([name]) => folders.has(resolvePackage(packages, from, name))),
    );
  const kept = [...folders].map((folder) => {
    const { version, dependencies, ...rest } = entry(packages, folder);
    const { integrity, license } = /** @type {Record<string, unknown>} */ (rest);
    return [folder, { version, integrity, license, dependencies: shippedOf(folder, dependencies) }];
  });
  // Each package that nothing else asks for is a dependency of the project itself.
  const direct = [...folders].filter((folder) => folder.lastIndexOf('node_modules/') === 0);
  const dependencies = Object.fromEntries(
    direct.map((folder) => [folder.slice('node_modules/'.length), entry(packages, folder).version]),
  );
  const manifest = { name: 'jeton', version: VERSION, license: 'Apache-2.0', dependencies };
  const { name, version } = manifest;
  const lock = { name, version, lockfileVersion: 3, packages: { '': manifest, ...Object.fromEntries(kept) } };
  return { manifest, lock };
}

/**
 * What esbuild compiled in, and what npm installs with our packages.
 *
 * @param {Record<string, Locked>} packages
 * @returns their folders, in order
 */
async function shippedPackages(packages) {
  const bundled = 'node_modules/.cache/bundled.json';
  if (!existsSync(join(root, bundled))) throw new Error(`${bundled} is missing: npm run build`);
  const shipped = new Set(/** @type {string[]} */ (await readJson(bundled)));
  /** @type {(from: string) => void} */
  const addDependencies = (from) => {
    for (const name of Object.keys(entry(packages, from).dependencies ?? {})) {
      const folder = resolvePackage(packages, from, name);
      const isKnown = visited.has(folder);
      shipped.add(folder);
      visited.add(folder);
      if (!isKnown) addDependencies(folder);
    }
  };
  const visited = new Set();
  for (const ours of ['packages/agent', 'packages/client', 'packages/iam']) addDependencies(ours);
  return new Set([...shipped].sort());
}

/**
 * Node's way to find a package.
 *
 * @param {Record<string, unknown>} packages
 * @param {string} from the folder of the package that needs it
 * @param {string} name
 */
function resolvePackage(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const candidate = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (folder === '' || candidate in packages) return candidate;
  }
}

/**
 * @param {Record<string, Locked>} packages
 * @param {string} folder
 */
function entry(packages, folder) {
  const found = packages[folder];
  if (found === undefined) throw new Error(`package-lock.json has no ${folder}: npm ci && npm run build`);
  return found;
}

/** @param {string} path */
async function readJson(path) {
  return JSON.parse(await readFile(join(root, path), 'utf8'));
}
