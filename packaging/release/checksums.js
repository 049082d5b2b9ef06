import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes `jeton-VERSION-checksums.txt`, as sha256sum does, and reads it with --check.
 *
 * @param {string} folder
 * @param {string} version
 * @param {readonly string[]} names of files in that folder
 * @returns {Promise<string>} its path
 */
export async function writeChecksums(folder, version, names) {
  const lines = names.map(async (name) => {
    const digest = createHash('sha256').update(await readFile(join(folder, name)));
    return `${digest.digest('hex')}  ${name}\n`;
  });
  const path = join(folder, `jeton-${version}-checksums.txt`);
  await writeFile(path, (await Promise.all(lines)).join(''));
  return path;
}
