import { OAuthError } from '../errors.ts';
import type { Iam } from '../iam.ts';
import { forgetAccessTokens } from '../state/state.ts';
import { AUDIENCE_PARAMETERS, nextAudience, requestedAudience } from '../tokens/audience.ts';
import { parseScope } from '../tokens/scopes.ts';
import type { TokenIssuer } from '../tokens/token-issuer.ts';
import { requireGoodStanding } from '../users/account-status.ts';
import { refuseMalformedGroups } from './client-scopes.ts';
import type { GrantType } from './grant-type.ts';
import { REFRESH_TOKEN } from './names.ts';
import { noticeReuse, rotate } from './rotation.ts';

/**
 * A new access token for a refresh token (RFC 6749 section 6), which stays the same unless rotation is on. The client may narrow the
 * scope, paths included: `storage.read:/` to `storage.read:/data`. The refresh token keeps its full scope and audience.
 */
export function refreshTokenGrant(
  iam: Pick<
    Iam,
    | 'accessTokens'
    | 'aupSignatures'
    | 'behaviour'
    | 'clients'
    | 'now'
    | 'refreshTokens'
    | 'replacedRefreshTokens'
    | 'revokedFamilies'
    | 'scopes'
    | 'users'
  >,
  tokens: TokenIssuer,
): GrantType {
  return {
    name: REFRESH_TOKEN,
    parameters: ['refresh_token', 'scope', ...AUDIENCE_PARAMETERS],
    async issue({ client, parameters }) {
      const value = parameters.refresh_token;
      if (value === undefined || value === '') {
        throw new OAuthError(400, 'invalid_request', 'refresh_token parameter not provided');
      }
      const granted = iam.refreshTokens.get(value);
      const user = granted === undefined ? undefined : iam.users.byId(granted.userId);
      if (granted === undefined) noticeReuse(iam, value);
      if (granted === undefined || user === undefined) {
        throw new OAuthError(401, 'invalid_token', `Refresh token for value ${value} was not found`);
      }
      if (granted.clientId !== client.client_id)
        throw new OAuthError(401, 'invalid_client', 'Client does not own the presented refresh token');
      requireGoodStanding(iam, user);

      const asked = parseScope(parameters.scope);
      refuseMalformedGroups(asked);
      if (asked.some((scope) => !iam.scopes.covers(granted.scopes, scope))) {
        throw new OAuthError(400, 'invalid_scope', 'Up-scoping is not allowed.');
      }
      const audience = nextAudience(granted.audience, requestedAudience(parameters));
      if (client.clear_access_tokens_on_refresh) forgetAccessTokens(iam, granted);
      const scopes = asked.length > 0 ? asked : granted.scopes;
      const { actor } = granted;
      return tokens.issue({ client, user, scopes, audience, refreshToken: rotate(iam, granted), actor });
    },
  };
}
