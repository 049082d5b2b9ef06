// The software bill of materials of a release, in CycloneDX: what of other people's software is in the packages.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NODE_VERSION } from '../node.js';
import { root, sourceDate } from '../version.js';
import { withShippedProject } from './shipped.js';

/**
 * npm lists its packages; what else ships is added. The same sources give the same text.
 *
 * @returns {Promise<string>} JSON
 */
export async function billOfMaterials() {
  const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  const { stdout } = await withShippedProject((cwd) =>
    promisify(execFile)('npm', args, { cwd, maxBuffer: 64 * 1024 * 1024 }),
  );
  const bom = JSON.parse(stdout);
  bom.metadata.timestamp = new Date(sourceDate() * 1000).toISOString();
  // npm takes the name of the folder.
  bom.metadata.component.name = 'jeton';
  bom.components.push(...(await others()));
  const digest = createHash('sha256')
    .update(JSON.stringify({ ...bom, serialNumber: '' }))
    .digest('hex');
  bom.serialNumber = `urn:uuid:${asUuid(digest)}`;
  return `${JSON.stringify(bom, null, 2)}\n`;
}

/** What is not a package of npm: Node in all packages but npm's, and what is linked into the compiled programs. */
async function others() {
  const readme = await readFile(join(root, 'packages/native/libsodium/README.md'), 'utf8');
  const [, libsodium = ''] = /^libsodium (\d+\.\d+\.\d+)/m.exec(readme) ?? [];
  return [
    { ...component('application', 'node', NODE_VERSION, 'MIT'), cpe: cpe('nodejs:node.js', NODE_VERSION) },
    { ...component('library', 'libsodium', libsodium, 'ISC'), cpe: cpe('libsodium:libsodium', libsodium) },
    // That of the Debian which built the release.
    { type: 'library', name: 'musl', 'bom-ref': 'musl', licenses: [{ license: { id: 'MIT' } }] },
  ];
}

/**
 * @param {string} type
 * @param {string} name
 * @param {string} version
 * @param {string} license by its SPDX id
 */
function component(type, name, version, license) {
  const reference = `${name}@${version}`;
  const licenses = [{ license: { id: license } }];
  return { 'bom-ref': reference, type, name, version, purl: `pkg:generic/${reference}`, licenses };
}

/**
 * The name by which vulnerability databases know it.
 *
 * @param {string} product
 * @param {string} version
 */
const cpe = (product, version) => `cpe:2.3:a:${product}:${version}:*:*:*:*:*:*:*`;

/**
 * A UUID of the form for what each makes as it likes (version 8, RFC 9562).
 *
 * @param {string} hex at least 32 digits
 */
function asUuid(hex) {
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}
