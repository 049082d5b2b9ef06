import type { Iam } from '../iam.ts';

/**
 * Makes the user who approves a client of oidc-agent its owner if it has none, so that the client appears on the user's dashboard.
 */
export function adoptClient(iam: Pick<Iam, 'clients'>, clientId: string, userId: string): void {
  const client = iam.clients.get(clientId);
  if (client?.client_name.startsWith('oidc-agent:') === true && client.owners.length === 0) {
    iam.clients.set(clientId, { ...client, owners: [userId] });
  }
}
