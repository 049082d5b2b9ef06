import { AUDIENCE_PARAMETERS, requestedAudience } from '../audience.ts';
import { issueTokens } from '../tokens.ts';
import { requestedScopes } from './client-scopes.ts';
import type { GrantType } from './grant-type.ts';
import { CLIENT_CREDENTIALS } from './names.ts';

/** A token for the client itself (RFC 6749 section 4.4): `sub` is the client id. */
export const clientCredentials: GrantType = {
  name: CLIENT_CREDENTIALS,
  parameters: ['scope', ...AUDIENCE_PARAMETERS],
  async issue({ iam, client, parameters }) {
    const scopes = requestedScopes(iam, client, parameters.scope);
    return issueTokens(iam, { client, scopes, audience: requestedAudience(parameters) });
  },
};
