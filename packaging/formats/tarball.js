// A tarball of the tree, the same bytes for the same files wherever it is made, and the script that installs it.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { root, sourceDate } from '../version.js';

/**
 * @param {string} tree
 * @param {string} top the folder in the tarball, in which everything is
 * @param {string} path of the tarball
 * @returns {Promise<void>}
 * @throws {Error} if tar or gzip fails
 */
export async function makeTarball(tree, top, path) {
  const archive = spawnTar(tree, top);
  // -9 saves half a percent, and takes three times as long.
  const compressed = spawn('gzip', ['-6', '--no-name'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await Promise.all([
    pipeline(archive.stdout, compressed.stdin),
    pipeline(compressed.stdout, createWriteStream(path)),
    end('tar', archive),
    end('gzip', compressed),
  ]);
}

/**
 * Writes the script that installs tarballs of this version.
 *
 * @param {string} folder
 * @param {string} version
 * @returns {Promise<string>} its name
 */
export async function writeInstaller(folder, version) {
  const text = await readFile(join(root, 'packaging/install.sh'), 'utf8');
  await writeFile(join(folder, 'install.sh'), text.replace('@VERSION@', version), { mode: 0o755 });
  return 'install.sh';
}

/**
 * Has GNU tar write the tree to its standard output.
 *
 * @param {string} tree
 * @param {string} top
 */
export function spawnTar(tree, top) {
  const args = ['--create', '--file=-', `--directory=${tree}`, '--format=ustar', '--sort=name'];
  const metadata = [`--mtime=@${sourceDate()}`, '--owner=0', '--group=0', '--numeric-owner'];
  const modes = '--mode=u=rwX,go=rX';
  // Of names, not of what links lead to.
  const names = `--transform=flags=rH;s,^\\./\\?,${top}/,`;
  return spawn('tar', [...args, ...metadata, modes, names, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/**
 * @param {string} name
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<void>}
 */
function end(name, child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}`))));
  });
}
