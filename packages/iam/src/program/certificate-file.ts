import { readFile, rename, writeFile } from 'node:fs/promises';

/**
 * Writes a certificate to a file that clients read, in place of one of an earlier start.
 * @throws Error if the file is something else
 */
export async function writeCertificate(path: string, pem: string): Promise<void> {
  const present = await readFile(path, 'latin1').catch(() => '');
  if (present !== '' && !/^-----BEGIN CERTIFICATE-----/.test(present)) {
    throw new Error(`${path} is not a certificate; jeton-iam does not overwrite it`);
  }
  // A client may read it at any time, so it is replaced whole.
  const part = `${path}.${process.pid}`;
  await writeFile(part, pem, { flag: 'wx' });
  await rename(part, path);
}
