import { requireGoodStanding } from '../account-status.ts';
import { AUDIENCE_PARAMETERS, requestedAudience } from '../audience.ts';
import { OAuthError } from '../errors.ts';
import { issueTokens } from '../tokens.ts';
import { requestedScopes } from './client-scopes.ts';
import type { GrantType } from './grant-type.ts';
import { PASSWORD } from './names.ts';

/**
 * Tokens for a person's username and password (RFC 6749 section 4.3), which OAuth 2.1 has dropped. Nobody can register
 * a client for it; an administrator has to enable it.
 */
export const password: GrantType = {
  name: PASSWORD,
  parameters: ['username', 'password', 'scope', ...AUDIENCE_PARAMETERS],
  async issue({ iam, client, parameters }) {
    const scopes = requestedScopes(iam, client, parameters.scope);
    const user = iam.users.authenticate(parameters.username ?? '', parameters.password ?? '');
    if (user === undefined) throw new OAuthError(400, 'invalid_grant', 'Bad credentials');
    if (user.disabled === true) throw new OAuthError(400, 'invalid_grant', 'User is disabled');
    requireGoodStanding(iam, user);
    const authTime = Math.floor(iam.now());
    return issueTokens(iam, { client, user, scopes, audience: requestedAudience(parameters), authTime });
  },
};
