// `npm run package [x64] [arm64]`: makes the packages in packaging/dist, for these kinds of computers or for both.
// JETON_SIGNING_KEY names the key that signs them (docs/release.md).
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDebAndRpm } from './formats/nfpm.js';
import { makeTarball, writeInstaller } from './formats/tarball.js';
import { makeWheel } from './formats/wheel.js';
import { writeChecksums } from './release/checksums.js';
import { writeRecipes } from './release/recipes.js';
import { billOfMaterials } from './release/sbom.js';
import { sign } from './release/signature.js';
import { stage } from './stage.js';
import { outputFolder, VERSION } from './version.js';

/** @typedef {import('./node.js').Arch} Arch */

/** @type {readonly Arch[]} */
const ALL = ['x64', 'arm64'];

/**
 * @param {Arch} arch
 * @returns {Promise<string[]>} the names of what it has made
 */
async function packagesFor(arch) {
  const tree = await stage(arch);
  const name = `jeton-${VERSION}-linux-${arch}`;
  await makeTarball(tree, name, join(outputFolder, `${name}.tar.gz`));
  return [
    `${name}.tar.gz`,
    await makeWheel(tree, arch, outputFolder),
    ...(await makeDebAndRpm(tree, arch, outputFolder)),
  ];
}

const wanted = process.argv.slice(2);
const unknown = wanted.find((arch) => !ALL.some((known) => known === arch));
if (unknown !== undefined) {
  console.error(`Error: ${unknown} is not one of ${ALL.join(', ')}`);
  process.exit(64);
}
await mkdir(outputFolder, { recursive: true });
const made = [await writeInstaller(outputFolder, VERSION)];
for (const arch of ALL.filter((arch) => wanted.length === 0 || wanted.includes(arch))) {
  made.push(...(await packagesFor(arch)));
}
const sbom = `jeton-${VERSION}-sbom.cdx.json`;
await writeFile(join(outputFolder, sbom), await billOfMaterials());
made.push(sbom);
if (wanted.length === 0) {
  const tarballs = await readFile(await writeChecksums(outputFolder, VERSION, made), 'utf8');
  made.push(...(await writeRecipes(outputFolder, tarballs)));
}
const list = await writeChecksums(outputFolder, VERSION, made);
const { JETON_SIGNING_KEY } = process.env;
if (JETON_SIGNING_KEY) await sign(list, JETON_SIGNING_KEY);
for (const name of made) {
  const { size } = await stat(join(outputFolder, name));
  console.log(`packaging/dist/${name}  ${(size / 1e6).toFixed(1)} MB`);
}
