import type { Secret } from '../../secret.ts';
import { IssuerError } from '../http/errors.ts';
import { scopeDifference } from './scope-difference.ts';
import { requestTokens, type TokenRequest } from './token-request.ts';
import { refreshTokenIn, type Tokens } from './tokens.ts';

export interface RefreshRequest extends Omit<TokenRequest, 'onText'> {
  refreshToken: Secret;
  /** Called with the new refresh token as soon as the answer has arrived, before anything else of it is looked at. */
  onReplaced?: ((refreshToken: Secret) => void) | undefined;
}

export interface RefreshedTokens extends Tokens {
  /** Only when the issuer replaced the old one, which is then dead: save this before anything else. */
  refreshToken: Secret | undefined;
  /** Requested scopes that the token lacks. */
  narrowed: string[];
  /** Scopes of the token that were not requested. */
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
  const { refreshToken, scope, onReplaced, ...others } = request;
  const isNew = (token: Secret | undefined) => !refreshToken.equals(token);
  const onText = (text: string, isOk: boolean) => {
    const token = refreshTokenIn(text, isOk);
    if (token !== undefined && isNew(token)) onReplaced?.(token);
  };
  const form = { refresh_token: refreshToken };
  const tokens = await requestTokens({ ...others, scope, onText }, 'refresh_token', form).catch(
    (error: unknown) => {
      throw error instanceof IssuerError ? deadRefreshToken(error, isNew(error.refreshToken)) : error;
    },
  );
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
