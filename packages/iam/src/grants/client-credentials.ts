import { AUDIENCE_PARAMETERS, requestedAudience } from '../audience.ts';
import { scopesOf } from '../clients.ts';
import { OAuthError } from '../errors.ts';
import { parseScope } from '../scopes.ts';
import { issueTokens } from '../tokens.ts';
import { forbiddenScope } from './client-scopes.ts';
import type { GrantType } from './grant-type.ts';
import { CLIENT_CREDENTIALS } from './names.ts';

/** A token for the client itself (RFC 6749 section 4.4): `sub` is the client id. */
export const clientCredentials: GrantType = {
  name: CLIENT_CREDENTIALS,
  parameters: ['scope', ...AUDIENCE_PARAMETERS],
  async issue({ iam, client, parameters }) {
    const asked = parseScope(parameters.scope);
    const forbidden = forbiddenScope(iam, client, asked);
    if (forbidden !== undefined) {
      throw new OAuthError(
        400,
        'invalid_scope',
        `Scope '${forbidden}' not allowed for client '${client.client_id}'`,
      );
    }
    const scopes = asked.length > 0 ? asked : scopesOf(client);
    return issueTokens(iam, { client, scopes, audience: requestedAudience(parameters) });
  },
};
