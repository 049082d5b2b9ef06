import type { RegisteredClient } from '../oauth/client/registration.ts';
import { localTime } from '../terminal/local-time.ts';
import { warn } from '../terminal/output.ts';

/** Warns the user that the secret of the client that was just registered will expire. */
export function warnOfSecretExpiry({ clientSecretExpiresAt: end }: RegisteredClient): void {
  if (end === undefined) return;
  warn(`The secret of the client is valid until ${localTime(end)}. Then you must create the account again.`);
}
