import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, stat, writeFile } from 'node:fs/promises';

/** The most bytes that a file with a token may have. */
const MAX_TOKEN_BYTES = 4096;

/**
 * Reads the token in a file. If the file does not exist, creates it with a new token of 256 random bits.
 * @throws Error for a file that other users can read or change, and for one without a token
 */
export async function controlToken(path: string): Promise<string> {
  const made = randomBytes(32).toString('base64url');
  try {
    await writeFile(path, `${made}\n`, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  // Without O_NONBLOCK, opening a named pipe would wait until another program writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { mode, size } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error(`${path} is not a file`);
    if ((mode & 0o077) !== 0) {
      throw new Error(
        `other users of this machine can read or change the token in ${path}\nhint: chmod 600 ${path}`,
      );
    }
    const token = size > MAX_TOKEN_BYTES ? '' : (await file.readFile('utf8')).trim();
    if (!/^[\x21-\x7e]{16,}$/.test(token)) {
      throw new Error(
        `${path} has no token: one line of at least 16 letters, digits or signs\nhint: rm ${path}, and jeton-iam makes a new one`,
      );
    }
    return token;
  } finally {
    await file.close();
  }
}

/** A warning if other users can read a file with secrets; otherwise an empty text. */
export async function warningIfReadableByOthers(path: string): Promise<string> {
  const { mode } = await stat(path);
  if ((mode & 0o044) === 0) return '';
  return `Warning: other users of this machine can read the secrets in ${path}\nhint: chmod 600 ${path}\n`;
}
