// Signs a file as `ssh-keygen -Y verify` checks it: everybody who can reach a login node has that program. The file with the checksums is
// the only one that needs a signature.
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What the signature is for, in ssh-keygen's terms: `-n`. */
const NAMESPACE = 'file';

/**
 * @param {string} path of the file; the signature is beside it, with `.sig` at the end of its name
 * @param {string} key the file of the private key, or of the public one if an SSH agent or a security key has the private one
 * @returns {Promise<void>}
 * @throws {Error} if ssh-keygen refuses the key
 */
export async function sign(path, key) {
  await rm(`${path}.sig`, { force: true });
  await promisify(execFile)('ssh-keygen', ['-Y', 'sign', '-f', key, '-n', NAMESPACE, path]);
}
