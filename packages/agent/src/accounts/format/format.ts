/** The text forms of an account file, described in docs/account-file.md. Nothing here decrypts or touches the disk. */

import { FileError } from '../../files/errors.ts';
import {
  ARGON2ID,
  HASH_LENGTH,
  KEY_LENGTH,
  type LegacySealed,
  MAC_LENGTH,
  NONCE_LENGTH,
  SALT_LENGTH,
  type Sealed,
} from './crypt.ts';

/** The content of an account file, by the form in which it was found. */
export type AccountFile =
  | { readonly form: 'sealed'; readonly sealed: Sealed }
  | { readonly form: 'hex'; readonly sealed: LegacySealed }
  | { readonly form: 'gpg'; readonly armor: string }
  | { readonly form: 'plain'; readonly text: string };

const ARMOR_START = '-----BEGIN PGP MESSAGE-----';
const ARMOR_END = '-----END PGP MESSAGE-----';

/** Line 4: sizes in bytes, libsodium's number for standard base64, and the Argon2id settings. */
const PARAMETERS = [
  ...[NONCE_LENGTH, SALT_LENGTH, MAC_LENGTH, KEY_LENGTH],
  1,
  ...[ARGON2ID.passes, ARGON2ID.memory, ARGON2ID.algorithm],
].join(':');

// The C programs take a file with a version below 2.1.0 for a hex file, so this names the oidc-agent release whose
// format this code writes, not ours.
const VERSION_LINE = 'Generated using version: 5.3.3';

/**
 * Recognises and parses an account file.
 * @throws FileError `malformed` that names the defect
 */
export function parseAccountFile(content: string): AccountFile {
  if (content.startsWith(ARMOR_START)) return { form: 'gpg', armor: parseArmor(content) };
  if (content.trimStart().startsWith('{')) return { form: 'plain', text: content };
  const lines = content.trimEnd().split(/\r?\n/);
  const [first = ''] = lines;
  if (first.includes(':')) return { form: 'hex', sealed: parseHex(first) };
  if (/^[0-9]+$/.test(first)) return { form: 'sealed', sealed: parseLines(lines) };
  if (first === '') throw malformed('the file is empty');
  throw malformed('this is not an account file');
}

/**
 * Whether a file with this start (32 bytes, or the whole file) can be an account file of any form. An empty file can: a
 * full disk truncates an account file to nothing.
 */
export function startsLikeAccountFile(start: string): boolean {
  return start === '' || /^\uFEFF?(\s*\{|[0-9]+(\r?\n|:|$)|-----BEGIN PGP MESSAGE)/.test(start);
}

/** The 7-line form, as both oidc-agent 4 and 5 read it. */
export function printSealedFile({ nonce, salt, cipher, hash }: Sealed): string {
  return [
    cipher.length,
    base64(nonce),
    base64(salt),
    PARAMETERS,
    base64(cipher),
    base64(hash),
    VERSION_LINE,
  ].join('\n');
}

/** The GPG form of a message that gpg armored. */
export function printGpgFile(armor: string): string {
  return `${armor.trimEnd()}\n${VERSION_LINE}`;
}

function parseLines(lines: readonly string[]): Sealed {
  const [length = '', nonce, salt, parameters, cipher, hash] = lines;
  if (cipher === undefined || hash === undefined) {
    throw malformed(`the file is truncated: it has ${lines.length} of 7 lines`);
  }
  if (parameters !== PARAMETERS) {
    throw malformed(`line 4 must be ${PARAMETERS}: the file was encrypted with unknown settings`);
  }
  const sealed = {
    nonce: parseBase64(nonce, 'line 2 (nonce)', NONCE_LENGTH),
    salt: parseBase64(salt, 'line 3 (salt)', SALT_LENGTH),
    cipher: parseBase64(cipher, 'line 5 (encrypted content)', Number(length)),
    hash: parseBase64(hash, 'line 6 (hash of the key)', HASH_LENGTH),
  };
  if (sealed.cipher.length < MAC_LENGTH) throw malformed(`line 1 must be at least ${MAC_LENGTH}`);
  return sealed;
}

function parseHex(line: string): LegacySealed {
  const [length = '', salt, nonce, cipher] = line.split(':');
  if (cipher === undefined || !/^[0-9]+$/.test(length))
    throw malformed('the line is not length:salt:nonce:content');
  const sealed = {
    salt: parseHexField(salt, 'the salt', SALT_LENGTH),
    nonce: parseHexField(nonce, 'the nonce', NONCE_LENGTH),
    cipher: parseHexField(cipher, 'the encrypted content', Number(length)),
  };
  if (sealed.cipher.length < MAC_LENGTH) throw malformed(`the length must be at least ${MAC_LENGTH}`);
  return sealed;
}

function parseArmor(content: string): string {
  const end = content.indexOf(ARMOR_END);
  if (end === -1) throw malformed(`the file is truncated: it has no line ${ARMOR_END}`);
  return `${content.slice(0, end)}${ARMOR_END}\n`;
}

function parseBase64(text: string | undefined, field: string, length: number): Buffer {
  const bytes = Buffer.from(text ?? '', 'base64');
  // Buffer.from skips invalid characters, so the text is base64 only if encoding the bytes gives it back.
  if (base64(bytes) !== text) throw malformed(`${field} is not base64`);
  return checkLength(bytes, field, length);
}

function parseHexField(text: string | undefined, field: string, length: number): Buffer {
  const bytes = Buffer.from(text ?? '', 'hex');
  if (bytes.toString('hex') !== text?.toLowerCase()) throw malformed(`${field} is not hexadecimal`);
  return checkLength(bytes, field, length);
}

function checkLength(bytes: Buffer, field: string, length: number): Buffer {
  if (bytes.length !== length) throw malformed(`${field} has ${bytes.length} bytes, expected ${length}`);
  return bytes;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function malformed(what: string): FileError {
  return new FileError('malformed', `encryption malformed: ${what}`, {
    hints: ['restore the file from a backup, or create the account again: oidc-gen <shortname>'],
  });
}
