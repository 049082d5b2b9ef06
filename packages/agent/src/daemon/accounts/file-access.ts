import type { RequestOf } from '@jeton/protocol';
import { FileKey } from '../../accounts/format/crypt.ts';
import type { FileAccess } from '../../accounts/shared/shared-account-file.ts';
import { Secret } from '../../secret.ts';

type AddRequest = RequestOf<'add'>;

/** How the agent opens the account's file: our clients send its key and name, those of the C suite the password source. */
export function fileAccess({
  file_key,
  pw_entry,
  file_name,
  no_file,
}: Partial<Pick<AddRequest, 'file_key' | 'pw_entry' | 'file_name' | 'no_file'>>): FileAccess {
  return {
    file: file_name,
    inMemoryOnly: no_file,
    key: file_key && FileKey.fromText(file_key),
    password: pw_entry && {
      value: passwordOf(pw_entry),
      expiresAt: passwordExpiry(pw_entry),
      command: pw_entry.command,
      file: pw_entry.pw_file,
    },
  };
}

/** The bit of `type` for a password in the request; a request with the bit and without a password means the empty one. */
const SENT = 1;

function passwordOf({ type = 0, password }: NonNullable<AddRequest['pw_entry']>): Secret | undefined {
  if (password === undefined && (type & SENT) === 0) return undefined;
  return new Secret(password ?? '');
}

/** Milliseconds since the epoch; undefined means never. The C programs write 0 for a member that they leave out. */
function passwordExpiry({
  expires_at,
  expires_after,
}: NonNullable<AddRequest['pw_entry']>): number | undefined {
  if (expires_after) return Date.now() + expires_after * 1000;
  return expires_at ? expires_at * 1000 : undefined;
}
