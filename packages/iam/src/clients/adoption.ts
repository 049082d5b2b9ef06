import type { Iam } from '../iam.ts';

/**
 * Gives a client that oidc-agent registered, and that is nobody's yet, to the person who approves it, so that it shows
 * up on that person's dashboard.
 */
export function adoptClient(iam: Pick<Iam, 'clients'>, clientId: string, userId: string): void {
  const client = iam.clients.get(clientId);
  if (client?.client_name.startsWith('oidc-agent:') === true && client.owners.length === 0) {
    iam.clients.set(clientId, { ...client, owners: [userId] });
  }
}
