import type { Iam } from '../iam.ts';
import { AUDIENCE_PARAMETERS, requestedAudience } from '../tokens/audience.ts';
import type { TokenIssuer } from '../tokens/token-issuer.ts';
import { requestedScopes } from './client-scopes.ts';
import type { GrantType } from './grant-type.ts';
import { CLIENT_CREDENTIALS } from './names.ts';

/** A token for the client itself (RFC 6749 section 4.4): `sub` is the client id. */
export function clientCredentialsGrant(iam: Pick<Iam, 'scopes'>, tokens: TokenIssuer): GrantType {
  return {
    name: CLIENT_CREDENTIALS,
    parameters: ['scope', ...AUDIENCE_PARAMETERS],
    async issue({ client, parameters }) {
      const scopes = requestedScopes(iam, client, parameters.scope);
      return tokens.issue({ client, scopes, audience: requestedAudience(parameters) });
    },
  };
}
