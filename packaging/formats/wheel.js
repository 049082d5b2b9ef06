// The wheel of Python: pip and uv are where npm is not.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, sourceDate, VERSION } from '../version.js';

/**
 * @param {string} tree
 * @param {import('../node.js').Arch} arch
 * @param {string} folder in which the wheel is written
 * @returns {Promise<string>} its name
 * @throws {Error} without python3
 */
export async function makeWheel(tree, arch, folder) {
  const args = [join(root, 'packaging/formats/wheel.py'), tree, folder, VERSION, arch, String(sourceDate())];
  return (await promisify(execFile)('python3', args)).stdout.trim();
}
