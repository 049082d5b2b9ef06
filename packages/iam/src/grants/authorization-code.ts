import type { Provider } from 'oidc-provider';
import { OAuthError } from '../errors.ts';
import type { Iam } from '../iam.ts';
import { sameText } from '../same-text.ts';
import { AUDIENCE_PARAMETERS, nextAudience, requestedAudience } from '../tokens/audience.ts';
import type { TokenIssuer } from '../tokens/token-issuer.ts';
import { requireGoodStanding } from '../users/account-status.ts';
import type { GrantType } from './grant-type.ts';
import { AUTHORIZATION_CODE } from './names.ts';
import { codeChallenge } from './pkce.ts';

/** An authorization code, with PKCE if the authorization request had it (RFC 6749 section 4.1.3, RFC 7636). */
export function authorizationCodeGrant(
  iam: Pick<Iam, 'approvals' | 'aupSignatures' | 'users'>,
  tokens: TokenIssuer,
  provider: Provider,
): GrantType {
  return {
    name: AUTHORIZATION_CODE,
    parameters: ['code', 'redirect_uri', 'code_verifier', ...AUDIENCE_PARAMETERS],
    async issue({ client, parameters }) {
      const value = parameters.code;
      if (value === undefined || value === '') {
        throw new OAuthError(400, 'invalid_request', 'An authorization code must be supplied.');
      }
      const code = await provider.AuthorizationCode.find(value);
      const invalid = new OAuthError(
        400,
        'invalid_grant',
        `JpaAuthorizationCodeRepository: no authorization code found for value ${value}`,
      );
      if (code?.grantId === undefined || code.clientId !== client.client_id) throw invalid;
      if (code.redirectUri !== parameters.redirect_uri) {
        throw new OAuthError(400, 'invalid_grant', 'Redirect URI mismatch.');
      }
      // `authorizationRequest` has hashed plain challenges, so every challenge here is S256.
      const challenge = codeChallenge(parameters.code_verifier ?? '');
      if (code.codeChallenge !== undefined && !sameText(code.codeChallenge, challenge)) {
        throw new OAuthError(400, 'invalid_request', 'Code challenge and verifier do not match');
      }

      // A code works only once, because this removes its approval.
      const approval = iam.approvals.take(code.grantId);
      await code.destroy();
      const user = approval === undefined ? undefined : iam.users.byId(approval.userId);
      if (approval === undefined || user === undefined) throw invalid;
      requireGoodStanding(iam, user);
      const audience = nextAudience(approval.audience, requestedAudience(parameters));
      const { scopes, authTime } = approval;
      return tokens.issue({ client, user, scopes, audience, nonce: code.nonce, authTime });
    },
  };
}
