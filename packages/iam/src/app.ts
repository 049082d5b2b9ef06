import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from 'koa';
import type * as OidcProvider from 'oidc-provider';
import { answerMembers } from './behaviour/faults/answer-members.ts';
import { droppedConnection } from './behaviour/faults/dropped-connection.ts';
import { gatewayError } from './behaviour/faults/gateway-error.ts';
import { latency } from './behaviour/faults/latency.ts';
import { malformedBody } from './behaviour/faults/malformed-body.ts';
import { pollError } from './behaviour/faults/poll-error.ts';
import { scopeNames } from './behaviour/faults/scope-names.ts';
import { ignoredAudience } from './behaviour/habits/ignored-audience.ts';
import { introspectionAudience } from './behaviour/habits/introspection-audience.ts';
import { openidScope } from './behaviour/habits/openid-scope.ts';
import { devicePkce } from './behaviour/habits/pkce.ts';
import { refreshScope } from './behaviour/habits/refresh-scope.ts';
import { logRequests } from './behaviour/log-requests.ts';
import { recogniseRequest } from './behaviour/request-in-progress.ts';
import { type Control, createControl } from './control.ts';
import { onlyAdministrators } from './endpoints/admin/administrators.ts';
import { clientManagement } from './endpoints/admin/clients.ts';
import { exchangePolicyManagement } from './endpoints/admin/exchange-policies.ts';
import { scopePolicyManagement } from './endpoints/admin/scope-policies.ts';
import { tokenManagement } from './endpoints/admin/tokens.ts';
import { authorizationRequest } from './endpoints/authorization.ts';
import { controlEndpoints } from './endpoints/control.ts';
import { deviceCodeEndpoint } from './endpoints/device-code.ts';
import { discoveryEndpoint, keysEndpoint } from './endpoints/discovery.ts';
import { healthEndpoint } from './endpoints/health.ts';
import { introspectionEndpoint } from './endpoints/introspection.ts';
import { LEGACY_REGISTRATION_PATH, legacyRegistrationView } from './endpoints/registration/client-view.ts';
import {
  clientConfigurationEndpoint,
  redeemEndpoint,
  registrationEndpoint,
} from './endpoints/registration/registration.ts';
import { revocationEndpoint } from './endpoints/revocation.ts';
import { tokenRequest } from './endpoints/token.ts';
import { userinfoEndpoint } from './endpoints/userinfo.ts';
import { EmptyError, PageError } from './errors.ts';
import { authorizationCodeGrant } from './grants/authorization-code.ts';
import { clientCredentialsGrant } from './grants/client-credentials.ts';
import { deviceCodeGrant } from './grants/device-code.ts';
import { passwordGrant } from './grants/password.ts';
import { refreshTokenGrant } from './grants/refresh-token.ts';
import { tokenExchangeGrant } from './grants/token-exchange.ts';
import { type Callers, createCallers } from './http/caller.ts';
import { cors } from './http/cors.ts';
import { errorResponses } from './http/errors.ts';
import { type Handler, type Routes, refuseMethod, router } from './http/router.ts';
import { withSingleSlashes } from './http/single-slashes.ts';
import type { Iam } from './iam.ts';
import { CONSENT_PATH, createProvider, registerGrant } from './oidc-provider/provider.ts';
import { adminPages } from './pages/admin/admin.ts';
import { consentPages } from './pages/approval/consent.ts';
import { devicePages } from './pages/approval/device.ts';
import { dashboardPages } from './pages/dashboard/dashboard.ts';
import { homePage } from './pages/home.ts';
import { aupPages, requireSignature } from './pages/login/aup.ts';
import { externalLoginPages } from './pages/login/external-login.ts';
import { loginPages, logout } from './pages/login/login.ts';
import { commitState } from './state/commit.ts';
import { createTokenIssuer } from './tokens/token-issuer.ts';
import { createSessions } from './users/sessions.ts';

export interface App {
  handle(request: IncomingMessage, response: ServerResponse): void;
  readonly control: Control;
  /** Frees the sessions and codes of oidc-provider that have expired. */
  sweep(): void;
}

/**
 * All of IAM over HTTP: here each endpoint, page and grant gets the parts of `iam` that it uses. Most paths have a handler of ours; `/authorize` and `/token` are oidc-provider's, each with a
 * translator in front of it.
 */
export function createApp(oidcProvider: typeof OidcProvider, iam: Iam, log: (line: string) => void): App {
  const { provider, storage } = createProvider(oidcProvider, iam);
  const sessions = createSessions(iam, provider);
  const callers = createCallers(iam, sessions);
  const administrators = onlyAdministrators(callers);
  const tokens = createTokenIssuer(iam);
  const control = createControl(iam);
  const discovery = discoveryEndpoint(iam);

  const routes: Routes = {
    '/': { GET: homePage(iam, sessions) },
    '/.well-known/openid-configuration': { GET: discovery },
    '/.well-known/openid-configuration/': { GET: discovery },
    '/jwk': { GET: keysEndpoint(iam) },
    '/devicecode': { POST: deviceCodeEndpoint(iam) },
    '/introspect': introspectionEndpoint(iam),
    '/revoke': { POST: revocationEndpoint(iam) },
    '/userinfo': userinfoEndpoint(iam),
    '/iam/api/client-registration': { POST: registrationEndpoint(iam, callers) },
    '/iam/api/client-registration/*': clientConfigurationEndpoint(iam, callers),
    '/iam/api/client-registration/*/redeem': { POST: redeemEndpoint(iam, callers) },
    ...(iam.legacyRegister ? legacyRegistration(iam, callers) : formerRegistration),
    ...clientManagement(iam, administrators),
    ...scopePolicyManagement(iam, administrators),
    ...exchangePolicyManagement(iam, administrators),
    ...tokenManagement(iam, administrators),
    ...adminPages(iam, sessions),
    ...dashboardPages(iam, sessions),
    '/login': loginPages(iam, sessions),
    '/logout': { POST: logout(iam, sessions) },
    ...devicePages(iam, sessions),
    ...aupPages(iam, sessions),
    ...(iam.external === undefined ? {} : externalLoginPages(iam, sessions, iam.external)),
    [CONSENT_PATH]: consentPages(iam, provider, sessions),
  };

  for (const grant of [
    deviceCodeGrant(iam, tokens),
    refreshTokenGrant(iam, tokens),
    clientCredentialsGrant(iam, tokens),
    authorizationCodeGrant(iam, tokens, provider),
    passwordGrant(iam, tokens),
    tokenExchangeGrant(iam, tokens),
  ]) {
    registerGrant(provider, iam, grant);
  }

  provider.use(healthEndpoint);
  provider.use(logRequests(iam.requests, iam.now, log));
  provider.use(recogniseRequest(iam));
  for (const fault of [latency, droppedConnection, malformedBody]) provider.use(fault);
  provider.use(answerMembers(iam.issuer));
  provider.use(errorResponses((error) => log(error instanceof Error ? `${error.stack}` : String(error))));
  for (const fault of [gatewayError, pollError, scopeNames]) provider.use(fault);
  provider.use(commitState(iam.store));
  for (const habit of [openidScope, devicePkce, ignoredAudience, refreshScope, introspectionAudience])
    provider.use(habit(iam));
  provider.use(controlEndpoints(control, iam.controlAccess));
  provider.use(cors);
  provider.use(requireSignature(iam, sessions));
  provider.use(router(routes));
  provider.use(onlyProviderPaths);
  provider.use(tokenRequest(iam));
  provider.use(authorizationRequest(iam, sessions));
  provider.on('server_error', (_, error) => log(`${error.stack}`));

  const callback = provider.callback();
  return {
    control,
    handle: (request, response) => {
      request.url = withSingleSlashes(request.url ?? '/');
      void callback(request, response);
    },
    sweep: () => storage.sweep(),
  };
}

function legacyRegistration(iam: Iam, callers: Callers): Routes {
  return {
    [`/${LEGACY_REGISTRATION_PATH}`]: { POST: registrationEndpoint(iam, callers, legacyRegistrationView) },
    [`/${LEGACY_REGISTRATION_PATH}/*`]: clientConfigurationEndpoint(iam, callers, legacyRegistrationView),
  };
}

const noSuchPath: Handler = (ctx) => {
  throw new PageError(404, `No such path: ${ctx.path}`);
};

const onlyToRead: Handler = (ctx) => {
  ctx.set('Allow', 'GET, HEAD');
  throw new EmptyError(405);
};

/** `/register` without `--legacy-register`: IAM answers there as for a file that is missing, which cannot be written either. */
const formerRegistration: Routes = {
  [`/${LEGACY_REGISTRATION_PATH}`]: {
    GET: noSuchPath,
    POST: onlyToRead,
    PUT: onlyToRead,
    PATCH: onlyToRead,
    DELETE: onlyToRead,
  },
};

/** Lets through what oidc-provider answers for IAM. Its other paths are none of IAM's. */
const onlyProviderPaths: Middleware = async (ctx, next) => {
  const path = ctx.path.startsWith('/authorize/') ? '/authorize' : ctx.path;
  const method = { '/token': 'POST', '/authorize': 'GET' }[path];
  if (method === undefined) return noSuchPath(ctx);
  if (ctx.method !== method) return refuseMethod(ctx, [method]);
  return next();
};
