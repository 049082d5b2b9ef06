// Homebrew's formula and conda's recipe, of which the release fills in where its files are and what their checksums are.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, VERSION } from '../version.js';

/** Where releases are, without a slash at the end: the repository, which the workflow of the release knows. */
const HOMEPAGE = process.env.JETON_HOMEPAGE ?? 'https://example.invalid/jeton';

/**
 * Writes both into a folder.
 *
 * @param {string} folder
 * @param {string} checksums as sha256sum writes them; of both tarballs
 * @returns {Promise<string[]>} the names of the files
 * @throws {Error} if a checksum is missing
 */
export async function writeRecipes(folder, checksums) {
  /** @param {string} arch */
  const sha256 = (arch) => {
    const line = checksums
      .split('\n')
      .find((each) => each.endsWith(`  jeton-${VERSION}-linux-${arch}.tar.gz`));
    if (line === undefined) throw new Error(`there is no checksum of the tarball for ${arch}`);
    return line.split(' ')[0] ?? '';
  };
  const values = {
    HOMEPAGE,
    DOWNLOADS: `${HOMEPAGE}/releases/download/v${VERSION}`,
    VERSION,
    SHA256_X64: sha256('x64'),
    SHA256_ARM64: sha256('arm64'),
  };
  const names = { 'jeton.rb': 'jeton-homebrew.rb', 'meta.yaml': 'jeton-conda-meta.yaml' };
  for (const [template, name] of Object.entries(names)) {
    let text = await readFile(join(root, 'packaging/release/recipes', template), 'utf8');
    for (const [key, value] of Object.entries(values)) text = text.replaceAll(`@${key}@`, value);
    await writeFile(
      join(folder, name),
      text.replace('The release fills in what is between @.', `Of jeton ${VERSION}.`),
    );
  }
  return Object.values(names);
}
