import type * as OidcProvider from 'oidc-provider';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { adoptClient } from '../clients/adoption.ts';
import { authenticationMethods, type Client } from '../clients/clients.ts';
import { mayRedirectTo } from '../clients/redirect-uris.ts';
import { OAuthError } from '../errors.ts';
import type { GrantType } from '../grants/grant-type.ts';
import { TOKEN_ENDPOINT_GRANTS } from '../grants/names.ts';
import { refuseSuspended } from '../http/client-authentication.ts';
import type { Iam } from '../iam.ts';
import { errorPage } from '../pages/error.ts';
import type { Approval } from '../state/state.ts';
import { requestedAudience } from '../tokens/audience.ts';
import { parseScope } from '../tokens/scopes.ts';
import { isConsentRemembered } from '../users/remembered-consent.ts';
import { createProviderStorage } from './storage.ts';

/** The authorization request's parameter that carries its scope past oidc-provider; see `authorizationRequest`. */
export const REQUESTED_SCOPE = 'requested_scope';

/** The page that asks the user for consent to an authorization request. */
export const CONSENT_PATH = '/oauth/confirm_access';

/** Seconds between the user's consent and the use of the authorization code. */
const CODE_LIFETIME_SECONDS = 600;

/**
 * Loads oidc-provider. On Node 20 it warns on stderr that it wants a later version. jeton is tested on Node 20, so this hides the
 * warning.
 */
export async function loadOidcProvider(): Promise<typeof OidcProvider> {
  const warn = console.warn;
  console.warn = (...text) => {
    if (!String(text[0]).includes('Unsupported runtime')) warn(...text);
  };
  try {
    return await import('oidc-provider');
  } finally {
    console.warn = warn;
  }
}

/**
 * oidc-provider as IAM's authorization and token endpoint, with sessions, PKCE and authorization codes. Our own grants issue the
 * tokens (`registerGrant`), and we keep what the user has approved.
 */
export function createProvider(
  { Provider, errors, interactionPolicy }: typeof OidcProvider,
  iam: Pick<
    Iam,
    | 'approvals'
    | 'autoApprove'
    | 'behaviour'
    | 'clients'
    | 'consents'
    | 'issuer'
    | 'key'
    | 'lifetimes'
    | 'now'
    | 'scopes'
    | 'users'
  >,
) {
  const storage = createProviderStorage(iam, TOKEN_ENDPOINT_GRANTS);
  const { Check, Prompt } = interactionPolicy;
  // IAM handles `prompt=none` before it has read the session, and so never finds a login.
  const loginIsDue = ({ oidc }: KoaContextWithOIDC) =>
    oidc.session?.accountId === undefined || (oidc.prompts.has('none') && iam.autoApprove === undefined);
  const consentIsDue = ({ oidc }: KoaContextWithOIDC) => oidc.grant?.jti === undefined;

  const provider = new Provider(iam.issuer, {
    adapter: storage.adapter,
    jwks: { keys: [{ ...iam.key.privateJwk, kty: 'RSA' }] },
    routes: { authorization: '/authorize', token: '/token', jwks: '/jwk' },
    scopes: ['openid'],
    responseTypes: ['code'],
    clientAuthMethods: [...authenticationMethods],
    clientBasedCORS: () => true,
    pkce: { required: () => iam.behaviour.settings.pkce === 'required' },
    cookies: { names: { session: 'iam_session', interaction: 'iam_interaction', resume: 'iam_resume' } },
    expiresWithSession: () => false,
    findAccount: (_, id) => {
      const user = iam.users.byId(id);
      return user === undefined ? undefined : { accountId: id, claims: () => ({ sub: id }) };
    },
    extraParams: {
      aud: null,
      audience: null,
      resource: null,
      [REQUESTED_SCOPE]: ({ oidc }) => {
        try {
          requestedAudience(textsOf(oidc.params));
        } catch (error) {
          if (!(error instanceof OAuthError)) throw error;
          // Only an error of oidc-provider's own kind travels back to the client in a redirect.
          throw new errors.CustomOIDCProviderError(error.error, error.error_description);
        }
      },
    },
    interactions: {
      url: () => CONSENT_PATH,
      policy: [
        new Prompt(
          { name: 'login', requestable: true },
          new Check('no_session', 'No user is logged in', 'login_required', loginIsDue),
        ),
        new Prompt(
          { name: 'consent', requestable: true },
          new Check('no_grant', 'The user has to consent', 'interaction_required', consentIsDue),
        ),
      ],
    },
    loadExistingGrant: async (ctx) => {
      const { client, params, result, session } = ctx.oidc;
      const grantId = result?.consent?.grantId;
      if (grantId !== undefined) return provider.Grant.find(grantId);
      if (client === undefined || session?.accountId === undefined) return undefined;
      const scopes = parseScope(textsOf(params)[REQUESTED_SCOPE]);
      const asked = { clientId: client.clientId, userId: session.accountId, scopes };
      if (iam.autoApprove === undefined && !isConsentRemembered(iam, asked)) return undefined;
      const id = await approveAuthorization(iam, provider, {
        clientId: client.clientId,
        userId: session.accountId,
        loginTime: session.loginTs ?? 0,
        parameters: textsOf(params),
      });
      return provider.Grant.find(id);
    },
    renderError: (ctx, { error, error_description }) => {
      const client = iam.clients.get(textsOf(ctx.query).client_id ?? '');
      errorPage(ctx, ctx.status, `${error}: ${error_description ?? 'the request cannot be answered'}`, {
        client,
        advice: error === 'invalid_redirect_uri' ? redirectAdvice(client, textsOf(ctx.query)) : undefined,
      });
    },
    ttl: {
      AuthorizationCode: CODE_LIFETIME_SECONDS,
      Grant: CODE_LIFETIME_SECONDS,
      Interaction: iam.lifetimes.session,
      Session: iam.lifetimes.session,
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
  });

  provider.Client.prototype.redirectUriAllowed = function redirectUriAllowed(uri: string) {
    return mayRedirectTo(iam.clients.get(this.clientId), uri);
  };

  provider.silent = true;
  return { provider, storage };
}

function redirectAdvice(client: Client | undefined, query: Readonly<Record<string, string>>): string {
  const registered = client?.redirect_uris ?? [];
  const asked = `The program asks to get the answer at ${query.redirect_uri}.`;
  return registered.length === 0
    ? `${asked} Its client has registered no redirect URI.`
    : `${asked} Its client has registered ${registered.join(', ')}: the program has to send one of these, or register the other, too.`;
}

/** Adds a grant to the token endpoint of oidc-provider. */
export function registerGrant(
  provider: Provider,
  iam: Pick<Iam, 'clients'>,
  { name, parameters, issue }: GrantType,
): void {
  provider.registerGrantType(
    name,
    async (ctx) => {
      const client = iam.clients.get(ctx.oidc.client.clientId);
      if (client === undefined) throw new OAuthError(401, 'invalid_client', 'Bad client credentials');
      refuseSuspended(client);
      ctx.body = await issue({ client, parameters: textsOf(ctx.oidc.params), request: ctx.req });
    },
    parameters,
  );
}

/**
 * Stores that a user has approved an authorization request.
 * @param request with the parameters of the authorization request
 * @returns the id of the grant in oidc-provider
 */
export async function approveAuthorization(
  iam: Pick<Iam, 'approvals' | 'clients'>,
  provider: Provider,
  request: {
    clientId: string;
    userId: string;
    loginTime: number;
    parameters: Readonly<Record<string, string | undefined>>;
  },
): Promise<string> {
  const { clientId, userId, loginTime, parameters } = request;
  const requiresAuthTime = iam.clients.get(clientId)?.require_auth_time === true;
  adoptClient(iam, clientId, userId);
  const grant = new provider.Grant({ clientId, accountId: userId });
  grant.addOIDCScope('openid');
  const grantId = await grant.save();
  const approval: Approval = {
    clientId,
    userId,
    scopes: parseScope(parameters[REQUESTED_SCOPE]),
    audience: requestedAudience(parameters),
    authTime: parameters.max_age !== undefined || requiresAuthTime ? loginTime : undefined,
  };
  iam.approvals.set(grantId, approval, CODE_LIFETIME_SECONDS);
  return grantId;
}

/** The parameters of a request that are text, without those that were not sent. */
export function textsOf(parameters: object | undefined): Record<string, string> {
  const entries = Object.entries(parameters ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}
