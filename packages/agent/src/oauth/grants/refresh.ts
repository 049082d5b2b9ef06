import { refreshTokenGrantRequest } from 'oauth4webapi';
import { revealed, type Secret } from '../../secret.ts';
import { type AudienceParameter, audienceParameters } from '../audience.ts';
import { type ClientCredentials, clientAuthentication } from '../client/client-authentication.ts';
import type { Call } from '../http/call.ts';
import { IssuerError } from '../http/errors.ts';
import { transport } from '../http/http.ts';
import type { IssuerMetadata } from '../issuer/discovery.ts';
import { scopeDifference } from './granted.ts';
import { type Tokens, tokensIn } from './tokens.ts';

export interface RefreshRequest extends Omit<Call, 'issuer'> {
  metadata: IssuerMetadata;
  client: ClientCredentials;
  refreshToken: Secret;
  /** Space separated; absent asks for all that was granted. */
  scope?: string | undefined;
  /** Space separated; absent asks for none. */
  audience?: string | undefined;
  audienceParameter?: AudienceParameter | undefined;
  /** Further parameters for this issuer. */
  parameters?: Readonly<Record<string, Secret>> | undefined;
}

export interface RefreshedTokens extends Tokens {
  /** Only when the issuer replaced the old one, which is then dead: save this before anything else. */
  refreshToken: Secret | undefined;
  /** The scopes that were asked for and did not come. */
  narrowed: string[];
  /** The scopes that came without having been asked for. */
  widened: string[];
}

/**
 * Gets an access token with a refresh token (RFC 6749 6).
 *
 * Sends the request once: an issuer that rotates refresh tokens may take a second use of one for theft and end the
 * login. After an `IssuerUnreachableError` the caller may send it again only if `sent` is false.
 *
 * @throws IssuerError of kind `refresh_token_invalid` if only a new login helps: the standard's `invalid_grant`, or
 * `invalid_token` (401) at INDIGO IAM. Save the `refreshToken` of an `IssuerError` before anything else: it is a new
 * one from an otherwise unusable answer
 */
export async function refreshTokens(request: RefreshRequest): Promise<RefreshedTokens> {
  const {
    metadata,
    client,
    refreshToken,
    scope,
    audience,
    audienceParameter,
    parameters: custom = {},
  } = request;
  const { issuer } = metadata;
  const parameters = new URLSearchParams(scope ? { scope } : {});
  for (const [name, value] of audienceParameters(metadata, audience, audienceParameter))
    parameters.append(name, value);
  for (const [name, value] of Object.entries(revealed(custom))) parameters.set(name, value);
  const response = await refreshTokenGrantRequest(
    metadata,
    { client_id: client.clientId },
    clientAuthentication(client),
    refreshToken.reveal(),
    { ...transport({ ...request, issuer }), additionalParameters: parameters },
  );
  const secrets = [refreshToken, client.clientSecret ?? [], ...Object.values(custom)].flat();
  const isNew = (token: Secret | undefined) => !refreshToken.equals(token);
  const tokens = await tokensIn(response, { issuer, secrets }).catch((error: unknown) => {
    throw error instanceof IssuerError ? deadRefreshToken(error, isNew(error.refreshToken)) : error;
  });
  return {
    ...tokens,
    refreshToken: isNew(tokens.refreshToken) ? tokens.refreshToken : undefined,
    ...scopeDifference(scope, { ...tokens, refreshToken }),
  };
}

/** Decides from a refusal whether the old refresh token is dead, and whether the issuer replaced it. */
function deadRefreshToken(error: IssuerError, isReplaced: boolean): IssuerError {
  const refreshToken = isReplaced ? error.refreshToken : undefined;
  const isDead = error.error === 'invalid_grant' || error.error === 'invalid_token';
  return error.with({ refreshToken, ...(isDead && { kind: 'refresh_token_invalid' }) });
}
