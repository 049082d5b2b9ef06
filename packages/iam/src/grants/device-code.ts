import { OAuthError } from '../errors.ts';
import type { Iam } from '../iam.ts';
import { AUDIENCE_PARAMETERS, nextAudience, requestedAudience } from '../tokens/audience.ts';
import type { TokenIssuer } from '../tokens/token-issuer.ts';
import { requireGoodStanding } from '../users/account-status.ts';
import type { GrantType } from './grant-type.ts';
import { DEVICE_CODE } from './names.ts';

/**
 * The poll of a device (RFC 8628 section 3.4). As in IAM there is no `slow_down` and, unless the setting `denial` asks for it, no
 * `access_denied`: a code that the user refused stays pending until it expires.
 */
export function deviceCodeGrant(
  iam: Pick<Iam, 'aupSignatures' | 'deviceCodes' | 'now' | 'userCodes' | 'users'>,
  tokens: TokenIssuer,
): GrantType {
  return {
    name: DEVICE_CODE,
    parameters: ['device_code', ...AUDIENCE_PARAMETERS],
    async issue({ client, parameters }) {
      const value = parameters.device_code ?? '';
      const { deviceCodes, userCodes } = iam;
      const code = deviceCodes.get(value);
      if (code === undefined || code.clientId !== client.client_id) {
        throw new OAuthError(400, 'invalid_grant', `Invalid device code: ${value}`);
      }
      if (code.expiresAt <= iam.now()) {
        deviceCodes.delete(value);
        throw new OAuthError(400, 'expired_token', `Device code has expired: ${value}`);
      }
      if (code.denied === true) {
        deviceCodes.delete(value);
        throw new OAuthError(400, 'access_denied', `The request was denied for code: ${value}`);
      }
      if (code.approval === undefined) {
        throw new OAuthError(400, 'authorization_pending', `Authorization pending for code: ${value}`);
      }
      const audience = nextAudience(code.audience, requestedAudience(parameters));
      const user = iam.users.byId(code.approval.userId);
      if (user !== undefined) requireGoodStanding(iam, user);
      deviceCodes.delete(value);
      userCodes.delete(code.userCode);
      if (user === undefined) throw new OAuthError(400, 'invalid_grant', `Invalid device code: ${value}`);
      return tokens.issue({ client, user, scopes: code.approval.scopes, audience });
    },
  };
}
