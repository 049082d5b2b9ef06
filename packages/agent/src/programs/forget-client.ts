import { deleteClient, type RegisteredClient } from '../oauth/client/registration.ts';
import type { Call } from '../oauth/http/call.ts';
import { inform, warn } from '../terminal/output.ts';

/**
 * Deletes a client that was just registered and that no account uses: it would stay at the issuer for good. Tells the user at a terminal
 * that it is gone, and always if it stays. Never throws.
 */
export async function forgetClient(
  { clientId, registrationClientUri, registrationAccessToken }: RegisteredClient,
  call: Pick<Call, 'issuer' | 'certPath' | 'insecureHttp'>,
): Promise<void> {
  if (registrationClientUri === undefined || registrationAccessToken === undefined) {
    warn(`The client that was just registered stays at ${call.issuer}, which deletes none: ${clientId}`);
    return;
  }
  try {
    await deleteClient(registrationClientUri, registrationAccessToken, { ...call, deadline: 5000 });
    if (process.stderr.isTTY)
      inform(`The client that was just registered at ${call.issuer} is deleted again.`);
  } catch {
    warn(
      `The client that was just registered could not be deleted at the issuer. It stays at ${call.issuer}: ${clientId}`,
    );
  }
}
