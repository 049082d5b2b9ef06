import { deleteClient, type RegisteredClient } from '../oauth/client/registration.ts';
import type { Call } from '../oauth/http/call.ts';
import { warn } from '../terminal/output.ts';

/**
 * Deletes a client that was just registered and that no account uses: it would stay at the issuer for good. Never
 * throws.
 */
export async function forgetClient(
  { registrationClientUri, registrationAccessToken }: RegisteredClient,
  call: Pick<Call, 'issuer' | 'certPath'>,
): Promise<void> {
  if (registrationClientUri === undefined || registrationAccessToken === undefined) return;
  await deleteClient(registrationClientUri, registrationAccessToken, { ...call, deadline: 5000 }).catch(() =>
    warn('The client that was just registered could not be deleted at the issuer.'),
  );
}
