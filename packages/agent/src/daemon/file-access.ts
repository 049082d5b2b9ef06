import type { RequestOf } from '@jeton/protocol';
import { Secret } from '../secret.ts';
import type { FileAccess } from '../vault/account-store.ts';
import { FileKey } from '../vault/crypt.ts';

type AddRequest = RequestOf<'add'>;

/** Our own clients hand over the key of the file and say which it is, others say where its password comes from. */
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

/** The bit of `type` for a password that comes with the request; without a text it is the empty one. */
const SENT = 1;

function passwordOf({ type = 0, password }: NonNullable<AddRequest['pw_entry']>): Secret | undefined {
  if (password === undefined && (type & SENT) === 0) return undefined;
  return new Secret(password ?? '');
}

/** Milliseconds since the epoch; undefined is never. The C programs write 0 for what they do not say. */
function passwordExpiry({
  expires_at,
  expires_after,
}: NonNullable<AddRequest['pw_entry']>): number | undefined {
  if (expires_after) return Date.now() + expires_after * 1000;
  return expires_at ? expires_at * 1000 : undefined;
}
