import { FileError } from '../../files/errors.ts';
import { describeSystemError, systemErrorCode } from '../../files/system-error.ts';
import { type Finished, run } from '../passwords/run-command.ts';

/**
 * Decrypts an armored message with the user's gpg, whose agent asks for the passphrase.
 * @throws FileError
 */
export async function decryptGpg(armor: string): Promise<string> {
  const result = await gpg(['--quiet', '--decrypt'], armor);
  if (result.status !== 0) throw gpgError('could not decrypt', result);
  return result.stdout;
}

/**
 * The key ids to which an armored message is encrypted, as gpg names them (so any kind of key works). Needs no secret
 * key.
 * @throws FileError, also for a message that hides its recipients: it could not be encrypted again
 */
export async function gpgRecipients(armor: string): Promise<string[]> {
  const result = await gpg(['--list-only', '--status-fd', '1', '--decrypt'], armor);
  // doc/DETAILS of GnuPG: [GNUPG:] ENC_TO <long_keyid> <keytype> <keylength>
  const ids = [...result.stdout.matchAll(/^\[GNUPG:\] ENC_TO ([0-9A-F]+) /gm)].map(([, id = '']) => id);
  if (ids.length === 0) throw gpgError('could not find the recipients', result);
  if (ids.some((id) => /^0+$/.test(id)))
    throw new FileError('unreadable', 'gpg: the message hides its recipients', {
      hints: ['name the key to encrypt it with: oidc-gen -u FILE --pw-gpg=KEY_ID'],
    });
  return ids;
}

/**
 * Encrypts to keys, in any notation that gpg accepts. With `anyTrust` gpg also accepts keys of unknown owners: the
 * recipients of an existing file.
 * @throws FileError
 */
export async function encryptGpg(
  plaintext: string,
  recipients: readonly string[],
  { anyTrust }: { anyTrust: boolean },
): Promise<string> {
  const to = recipients.flatMap((id) => ['--recipient', id]);
  const trust = anyTrust ? ['--trust-model', 'always'] : [];
  const result = await gpg(['--quiet', '--armor', ...trust, ...to, '--encrypt'], plaintext);
  if (result.status !== 0) throw gpgError('could not encrypt', result);
  return result.stdout;
}

async function gpg(args: readonly string[], input: string): Promise<Finished> {
  try {
    return await run('gpg', ['--batch', ...args], { input, stderr: 'pipe' });
  } catch (error) {
    const hints =
      systemErrorCode(error) === 'ENOENT' ? ['this account file is encrypted with gpg: install GnuPG'] : [];
    throw new FileError('unreadable', `could not run gpg: ${describeSystemError(error)}`, { hints });
  }
}

function gpgError(what: string, { status, stderr }: Finished): FileError {
  const lines = stderr.trim().split('\n');
  return new FileError('unreadable', `gpg ${what} (exit status ${status}): ${lines.at(-1) ?? ''}`, {
    hints: ['list your keys: gpg --list-secret-keys'],
  });
}
