import { OAuthError } from '../errors.ts';
import type { Iam } from '../iam.ts';
import { checkExchange } from '../policies/exchange-policies.ts';
import { AUDIENCE_PARAMETERS, requestedAudience } from '../tokens/audience.ts';
import type { TokenIssuer } from '../tokens/token-issuer.ts';
import { requireGoodStanding } from '../users/account-status.ts';
import { requestedScopes } from './client-scopes.ts';
import type { GrantType } from './grant-type.ts';
import { TOKEN_EXCHANGE } from './names.ts';

const ISSUED_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:jwt';

/**
 * Token exchange (RFC 8693): a client gets a token of its own for the user of a token that another client gave it, if the exchange
 * policies permit it. The claim `act` names the acting client, and inside it the earlier ones. As in IAM there is only impersonation,
 * `scope` is required, and the type of the subject token is ignored.
 */
export function tokenExchangeGrant(
  iam: Pick<Iam, 'accessTokens' | 'aupSignatures' | 'clients' | 'exchangePolicies' | 'scopes' | 'users'>,
  tokens: TokenIssuer,
): GrantType {
  return {
    name: TOKEN_EXCHANGE,
    parameters: [
      'subject_token',
      'subject_token_type',
      'actor_token',
      'want_composite',
      'scope',
      ...AUDIENCE_PARAMETERS,
    ],
    async issue({ client, parameters }) {
      if (parameters.actor_token !== undefined || parameters.want_composite !== undefined) {
        throw new OAuthError(400, 'invalid_request', 'Delegation not supported');
      }
      const scopes = requestedScopes(iam, client, parameters.scope);
      const { accessTokens, clients, exchangePolicies } = iam;
      const value = parameters.subject_token ?? '';
      const subject = accessTokens.get(value);
      const origin = clients.get(subject?.clientId ?? '');
      const user = subject?.userId === undefined ? undefined : iam.users.byId(subject.userId);
      const isOrphan = subject?.userId !== undefined && user === undefined;
      if (subject === undefined || origin === undefined || isOrphan) {
        throw new OAuthError(401, 'invalid_token', `Access token for value ${value} was not found`);
      }
      if (user !== undefined) requireGoodStanding(iam, user);
      if (origin.client_id === client.client_id && scopes.includes('offline_access')) {
        const text = 'Token exchange not allowed: same client and offline_access requested';
        throw new OAuthError(403, 'access_denied', text);
      }
      checkExchange([...exchangePolicies.values()], iam.scopes, { origin, destination: client, scopes });

      const response = await tokens.issue({
        client,
        ...(user === undefined ? {} : { user }),
        scopes,
        audience: requestedAudience(parameters),
        actor: { sub: client.client_id, ...(subject.actor === undefined ? {} : { act: subject.actor }) },
      });
      return { ...response, issued_token_type: ISSUED_TOKEN_TYPE };
    },
  };
}
