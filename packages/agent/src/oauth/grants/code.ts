/** The authorization code flow with PKCE (RFC 6749 4.1, RFC 7636), as a native application does it (RFC 8252). */
import {
  AuthorizationResponseError,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  OperationProcessingError,
  UnsupportedOperationError,
  validateAuthResponse,
} from 'oauth4webapi';
import { revealed, Secret } from '../../secret.ts';
import { audienceParameters } from '../audience.ts';
import { IssuerError } from '../http/errors.ts';
import { refusal } from '../http/refusals.ts';
import { validateIdToken } from '../issuer/id-token.ts';
import { secureUrl } from '../issuer/issuer-url.ts';
import { parseScopes } from '../scope.ts';
import { requireFlow } from './flow.ts';
import { requestTokens, type TokenRequest } from './token-request.ts';
import type { Tokens } from './tokens.ts';

/** A login in progress: the values against which the client checks its answer. */
export interface Authorization {
  /** Sent to the issuer, which repeats it in its answer: identifies the answer to this request. */
  readonly state: string;
  /** Proves to the token endpoint that this client started the login (RFC 7636). */
  readonly verifier: Secret;
  /** Repeated in the ID token; undefined if the issuer will send none. */
  readonly nonce: string | undefined;
  readonly redirectUri: string;
}

/**
 * Starts a login: returns the address that the user's browser has to open.
 *
 * OpenID Connect Core 11 requires `prompt=consent` with `offline_access`; Google uses `access_type=offline` instead.
 *
 * @throws IssuerError if the issuer has no authorization endpoint, or an unsafe one
 */
export async function beginAuthorization(
  request: TokenRequest & {
    scope: string;
    redirectUri: string;
    /** A random one by default. */
    state?: string | undefined;
  },
): Promise<{ url: string; authorization: Authorization }> {
  const {
    metadata,
    client,
    scope,
    redirectUri,
    audience,
    audienceParameter,
    customParameters = {},
  } = request;
  const { issuer, authorization_endpoint = '', protocol } = metadata;
  requireFlow(metadata, 'code');
  const url = secureUrl(authorization_endpoint, metadata.insecureHttp);
  if (url === undefined) {
    throw new IssuerError('the authorization endpoint of the issuer is not an https URL', {
      issuer,
      kind: 'untrusted',
    });
  }
  const authorization = {
    state: request.state ?? generateRandomState(),
    verifier: new Secret(generateRandomCodeVerifier()),
    nonce: protocol === 'oidc' && parseScopes(scope).includes('openid') ? generateRandomNonce() : undefined,
    redirectUri,
  };
  const parameters: [string, string][] = [
    ['response_type', 'code'],
    ['client_id', client.clientId],
    ['redirect_uri', redirectUri],
    ['scope', scope],
    ['prompt', 'consent'],
    ['access_type', 'offline'],
    ['state', authorization.state],
    ['code_challenge_method', 'S256'],
    ['code_challenge', await calculatePKCECodeChallenge(authorization.verifier.reveal())],
    ...audienceParameters(metadata, audience, audienceParameter),
  ];
  if (authorization.nonce !== undefined) parameters.push(['nonce', authorization.nonce]);
  // An endpoint may have parameters of its own (RFC 6749 3.1).
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  for (const [name, value] of Object.entries(revealed(customParameters))) url.searchParams.set(name, value);
  return { url: url.href, authorization };
}

/**
 * Exchanges the answer from the browser for tokens: checks `state` and `iss` (RFC 9207), redeems the code, and verifies
 * the ID token with its nonce. If the login has requested an ID token, the answer must contain one (OpenID Connect Core
 * 3.1.3.3).
 *
 * @throws IssuerError `denied` and the like if the answer is a refusal; `untrusted` if it does not belong to this login
 * or cannot prove it; else the error of the token endpoint
 */
export async function redeemCode(
  request: TokenRequest & { authorization: Authorization; answer: URLSearchParams },
): Promise<Tokens> {
  const { metadata, client, authorization } = request;
  const { state, verifier, nonce, redirectUri } = authorization;
  // Scope and audience were parameters of the authorization request (RFC 6749 4.1.1).
  const tokenRequest = { ...request, scope: undefined, audience: undefined };
  const tokens = await requestTokens(tokenRequest, 'authorization_code', {
    code: codeIn(request, state),
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const { idToken } = tokens;
  if (idToken !== undefined) await validateIdToken({ ...request, clientId: client.clientId, idToken, nonce });
  // Only the ID token proves the user and the login.
  else if (nonce !== undefined) throw withoutIdToken(metadata.issuer);
  return tokens;
}

function withoutIdToken(issuer: string): IssuerError {
  return new IssuerError('OIDP response does not contain an ID token', {
    issuer,
    kind: 'untrusted',
    hints: [
      'OpenID Connect requires one for the scope openid (OpenID Connect Core 3.1.3.3): the administrators of the issuer can fix that',
      'for an issuer without OpenID Connect: --oauth2; or log in by another flow: -w device',
    ],
  });
}

/** The code in an authorization response (RFC 6749 4.1.2), after the checks of `redeemCode`. */
function codeIn(
  { metadata, client, answer, customParameters = {} }: TokenRequest & { answer: URLSearchParams },
  state: string,
): Secret {
  const { issuer } = metadata;
  const fail = (message: string, kind: 'untrusted' | 'malformed') =>
    new IssuerError(message, { issuer, kind });
  if (answer.get('state') !== state) throw fail('wrong state', 'untrusted');
  try {
    const checked = validateAuthResponse(metadata, { client_id: client.clientId }, answer, state);
    const [code, ...others] = checked.getAll('code');
    if (!code || others.length > 0) throw fail('redirected uri did not contain code parameter', 'malformed');
    return new Secret(code);
  } catch (error) {
    if (error instanceof AuthorizationResponseError) {
      const secrets = Object.values(customParameters);
      throw refusal({ issuer, secrets, error: error.error, description: error.error_description });
    }
    if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError) {
      throw fail(`the answer of the browser cannot be used: ${error.message}`, 'untrusted');
    }
    throw error;
  }
}
