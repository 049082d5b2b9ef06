import { timingSafeEqual } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileError, noAnswerFrom } from '../files/errors.ts';
import { MAX_FILE_BYTES } from '../files/reading/limits.ts';
import { readFile } from '../files/reading/read-file.ts';
import { replaceFile, syncFolder } from '../files/saving/replace-file.ts';
import { describeSystemError, systemErrorCode } from '../files/system-error.ts';
import { forKeeping } from '../files/threads.ts';
import { type Account, parseAccount, printAccount } from './account.ts';
import { similarAccount } from './directory.ts';
import { FileKey, open, openLegacy, seal } from './format/crypt.ts';
import { type AccountFile, parseAccountFile, printGpgFile, printSealedFile } from './format/format.ts';
import { decryptGpg, encryptGpg, gpgRecipients } from './format/gpg.ts';
import type { PasswordSource } from './passwords/passwords.ts';

export interface DecryptedFile {
  /** The decrypted text as it is in the file. */
  readonly text: string;
  /** Encrypts the account again without the password; undefined for GPG and plain JSON files. */
  readonly key: FileKey | undefined;
}

/** A key of the user's gpg that encrypts a file instead of a password, in any notation that gpg accepts. */
export interface GpgKey {
  readonly gpgKey: string;
}

export interface LoadedAccountFile extends DecryptedFile {
  readonly account: Account;
  /** The content of the file as stored, encrypted. */
  readonly content: string;
}

/**
 * Reads and decrypts an account file of any form, with a key that may fit, if the caller has one.
 * @throws FileError
 */
export async function readAccountFile(
  path: string,
  password: PasswordSource,
  known?: FileKey,
): Promise<LoadedAccountFile> {
  const content = await readAccountContent(path);
  const { text, key } = await decryptAccountContent(content, password, known);
  return { account: parseAccount(text), content, text, key };
}

/**
 * Decrypts an account file of any form without parsing its content.
 * @throws FileError
 */
export async function decryptAccountFile(path: string, password: PasswordSource): Promise<DecryptedFile> {
  return await decryptAccountContent(await readAccountContent(path), password);
}

/**
 * Decrypts the content of an account file of any form.
 * @param known a key that may fit; if it does, no password is needed
 * @throws FileError
 */
export async function decryptAccountContent(
  content: string,
  password: PasswordSource,
  known?: FileKey,
): Promise<DecryptedFile> {
  const file = parseAccountFile(content);
  switch (file.form) {
    case 'sealed':
      if (known && timingSafeEqual(known.salt, file.sealed.salt)) {
        return { text: open(file.sealed, known), key: known };
      }
      return await decryptWithPassword(file, password);
    case 'hex':
      return await decryptWithPassword(file, password);
    case 'plain':
      return { text: file.text, key: undefined };
    case 'gpg':
      return { text: await decryptGpg(file.armor), key: undefined };
  }
}

/**
 * Writes an account file, durably and all or nothing, 0600. With a key the file gets the 7-line form or the GPG form.
 * Without a key the file must exist: a GPG file stays encrypted to the same GPG keys, plain JSON stays plain.
 * @param before the former content of the file, if the file is gone or the caller has just read it
 * @param agreed if it rejects, the file stays unchanged; see `replaceFile`
 * @returns the new content of the file
 * @throws FileError `not-saved`; the old file is then unchanged
 */
export async function writeAccountFile(
  path: string,
  account: Account,
  key: FileKey | GpgKey | undefined,
  before?: string,
  agreed?: Promise<unknown>,
): Promise<string> {
  return await writeEncrypted(path, printAccount(account), key, before, agreed);
}

/**
 * Writes any text as `writeAccountFile` does an account.
 * @param before a content that names the GPG keys to encrypt to, if not that of the file
 * @throws FileError `not-saved`, or the errors of reading the file
 */
export async function writeEncrypted(
  path: string,
  text: string,
  key: FileKey | GpgKey | undefined,
  before?: string,
  agreed?: Promise<unknown>,
): Promise<string> {
  try {
    const content = await encrypted(() => before ?? readAccountContent(path), text, key);
    // An account file has the form that it had: its owner can read no more than before.
    await replaceFile(path, content, { mayBeOfOthers: true, agreed });
    return content;
  } catch (error) {
    throw new FileError(
      'not-saved',
      `could not save the account file '${path}': ${describeSystemError(error)}`,
      {
        hints: error instanceof FileError ? error.hints : saveHints(error),
        cause: error,
      },
    );
  }
}

/**
 * Deletes an account file; for a symbolic link also its target.
 * @throws FileError
 */
export async function deleteAccountFile(path: string): Promise<void> {
  try {
    const target = await forKeeping.use(async () => {
      const target = await realpath(path);
      await rm(target);
      await rm(path, { force: true });
      return target;
    });
    await syncFolder(dirname(target));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') throw await notFound(path);
    throw new FileError(
      'not-saved',
      `could not delete the account file '${path}': ${describeSystemError(error)}`,
    );
  }
}

async function decryptWithPassword(
  file: Extract<AccountFile, { form: 'sealed' | 'hex' }>,
  passwords: PasswordSource,
): Promise<DecryptedFile> {
  for await (const password of passwords.forDecryption()) {
    try {
      // A hex file becomes one of the 7-line form when it is written again, hence its fresh key.
      if (file.form === 'hex')
        return { text: await openLegacy(file.sealed, password), key: await FileKey.derive(password) };
      const key = await FileKey.derive(password, file.sealed.salt);
      return { text: open(file.sealed, key), key };
    } catch (error) {
      if (!(error instanceof FileError && error.kind === 'wrong-password')) throw error;
    }
  }
  throw new FileError('wrong-password', 'wrong password');
}

async function encrypted(
  before: () => string | Promise<string>,
  text: string,
  key: FileKey | GpgKey | undefined,
): Promise<string> {
  if (key === undefined) return await encryptAsBefore(await before(), text);
  if ('gpgKey' in key) return printGpgFile(await encryptGpg(text, [key.gpgKey], { anyTrust: false }));
  return printSealedFile(seal(text, key));
}

async function encryptAsBefore(content: string, text: string): Promise<string> {
  const file = parseAccountFile(content);
  if (file.form === 'plain') return text;
  if (file.form !== 'gpg') throw new FileError('no-password', 'there is no password to encrypt it with');
  return printGpgFile(await encryptGpg(text, await gpgRecipients(file.armor), { anyTrust: true }));
}

/**
 * Reads the content of an account file, encrypted or not.
 * @throws FileError
 */
export async function readAccountContent(path: string): Promise<string> {
  try {
    const { bytes } = await readFile(path, { most: MAX_FILE_BYTES.account });
    // TextDecoder drops a byte order mark, which editors put at the beginning of plain JSON.
    return new TextDecoder().decode(bytes);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'ENOENT') throw await notFound(path);
    if (['NOT_REGULAR', 'TOO_LARGE'].includes(code))
      throw new FileError('malformed', describeSystemError(error));
    if (code === 'NO_ANSWER') throw noAnswerFrom(error);
    throw new FileError('unreadable', `could not open file '${path}': ${describeSystemError(error)}`, {
      hints: ['account files belong to you and have mode 0600: see ls -l'],
    });
  }
}

async function notFound(path: string): Promise<FileError> {
  return new FileError('not-found', 'could not open file - file does not exist', {
    hints: [`there is no file ${path}`, ...(await similarAccount(path)), 'list your accounts: oidc-add -l'],
  });
}

/** Hints for the user; the codes are those of failures before the new file replaced the old one. */
function saveHints(error: unknown): string[] {
  const code = systemErrorCode(error) ?? '';
  if (['ENOSPC', 'EDQUOT'].includes(code))
    return ['the old file is unchanged; free some space and try again'];
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    return ['the old file is unchanged; its folder must be yours and writable'];
  }
  return [];
}
