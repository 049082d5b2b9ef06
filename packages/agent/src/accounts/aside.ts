/** A place for a refresh token that has no account file. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../files/saving/replace-file.ts';
import type { Secret } from '../secret.ts';

/**
 * Writes a refresh token into a new file, which only its owner can read.
 * @returns a sentence for the user, with the path of the file
 * @throws the system error if the file cannot be written
 */
export async function keepAside(refreshToken: Secret): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'jeton-')), 'refresh-token');
  await replaceFile(path, refreshToken.reveal());
  return `the issuer replaced the refresh token; the new one is in ${path}`;
}
