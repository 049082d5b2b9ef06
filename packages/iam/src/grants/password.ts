import type { IncomingMessage } from 'node:http';
import { OAuthError } from '../errors.ts';
import { peerOf } from '../http/peer.ts';
import type { Iam } from '../iam.ts';
import { AUDIENCE_PARAMETERS, requestedAudience } from '../tokens/audience.ts';
import type { TokenIssuer } from '../tokens/token-issuer.ts';
import { requireGoodStanding } from '../users/account-status.ts';
import { brakedText } from '../users/password-logins.ts';
import { requestedScopes } from './client-scopes.ts';
import type { GrantType } from './grant-type.ts';
import { PASSWORD } from './names.ts';

/**
 * Tokens for a username and password (RFC 6749 section 4.3), a grant that OAuth 2.1 has dropped. Clients cannot register for it; an
 * administrator has to enable it.
 */
export function passwordGrant(
  iam: Pick<Iam, 'aupSignatures' | 'now' | 'passwordLogins' | 'scopes'>,
  tokens: TokenIssuer,
): GrantType {
  return {
    name: PASSWORD,
    parameters: ['username', 'password', 'scope', ...AUDIENCE_PARAMETERS],
    async issue({ client, parameters, request }) {
      const scopes = requestedScopes(iam, client, parameters.scope);
      const { username = '', password = '' } = parameters;
      const login = iam.passwordLogins.attempt(guesserOf(request), username, password);
      if (login.result === 'braked') throw new OAuthError(400, 'invalid_grant', brakedText(login.seconds));
      if (login.result === 'wrong') throw new OAuthError(400, 'invalid_grant', 'Bad credentials');
      const { user } = login;
      if (user.disabled === true) throw new OAuthError(400, 'invalid_grant', 'User is disabled');
      requireGoodStanding(iam, user);
      const authTime = Math.floor(iam.now());
      return tokens.issue({ client, user, scopes, audience: requestedAudience(parameters), authTime });
    },
  };
}

/**
 * The name under which wrong passwords are counted. Guesses by web pages count separately from those of programs at the same address:
 * otherwise a page could lock out the user of the browser that shows it. All pages count together, because a program can send any
 * `Origin`.
 */
function guesserOf({ socket, headers }: IncomingMessage): string {
  return `${peerOf(socket)}${headers.origin === undefined ? '' : ', web pages'}`;
}
