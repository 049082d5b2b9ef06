import { randomUUID } from 'node:crypto';
import type { Audience } from './audience.ts';
import type { Client } from './clients.ts';
import { REFRESH_TOKEN } from './grants/names.ts';
import type { Iam } from './iam.ts';
import { sign, unsignedJwt } from './keys.ts';
import type { RefreshToken } from './state/state.ts';
import type { User } from './users.ts';

/** The answer of the token endpoint (RFC 6749 section 5.1), its members in IAM's order. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly refresh_token?: string;
  /** Seconds. */
  readonly expires_in: number;
  readonly scope?: string;
  readonly id_token?: string;
}

/** What a grant has established, and tokens are made from. */
export interface TokenGrant {
  readonly client: Client;
  /** Absent for client credentials. */
  readonly user?: User;
  readonly scopes: readonly string[];
  readonly audience: Audience | undefined;
  /** The refresh token that is being used; it comes back unchanged. */
  readonly refreshToken?: RefreshToken;
  /** Goes into the id token (OpenID Connect Core section 2). */
  readonly nonce?: string | undefined;
  readonly authTime?: number | undefined;
}

/**
 * Makes an access token and what goes with it: a refresh token for a person's `offline_access`, and an id token for
 * a person's `openid`.
 */
export async function issueTokens(iam: Iam, grant: TokenGrant): Promise<TokenResponse> {
  const { client, user, scopes } = grant;
  const issuedAt = Math.floor(iam.now());
  const expiresAt = issuedAt + iam.lifetimes.accessToken;
  const accessToken = await signAccessToken(iam, grant, issuedAt, expiresAt);
  const idToken =
    user !== undefined && scopes.includes('openid')
      ? await signIdToken(iam, grant, user, issuedAt)
      : undefined;

  const refreshToken = grant.refreshToken ?? newRefreshToken(iam, grant, issuedAt);
  refreshToken?.accessTokens.push(accessToken);
  iam.state.accessTokens.set(
    accessToken,
    {
      token: accessToken,
      clientId: client.client_id,
      userId: user?.id,
      scopes,
      audience: audienceOf(iam, grant),
      expiresAt,
    },
    iam.lifetimes.accessToken,
  );

  return {
    access_token: accessToken,
    token_type: 'Bearer',
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken.token }),
    expires_in: Math.max(0, Math.floor(expiresAt - iam.now())),
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
  };
}

function audienceOf(iam: Iam, { user, scopes, audience }: TokenGrant): readonly string[] {
  return iam.profile.audience({ user, scopes, audience: audience?.values ?? [] });
}

function signAccessToken(iam: Iam, grant: TokenGrant, issuedAt: number, expiresAt: number): Promise<string> {
  const { client, user, scopes } = grant;
  const audience = audienceOf(iam, grant);
  return sign(iam.key, {
    ...iam.profile.accessToken({ user, scopes, audience }, issuedAt),
    iss: iam.issuer,
    sub: user?.id ?? client.client_id,
    ...(audience.length === 0 ? {} : { aud: audience.length === 1 ? audience[0] : [...audience] }),
    iat: issuedAt,
    exp: expiresAt,
    jti: randomUUID(),
    client_id: client.client_id,
  });
}

function signIdToken(iam: Iam, grant: TokenGrant, user: User, issuedAt: number): Promise<string> {
  return sign(iam.key, {
    ...iam.profile.idToken(user, grant.scopes),
    iss: iam.issuer,
    sub: user.id,
    aud: [grant.client.client_id],
    // IAM repeats the key id of the header as a claim.
    kid: iam.key.kid,
    iat: issuedAt,
    exp: issuedAt + iam.lifetimes.idToken,
    jti: randomUUID(),
    ...(grant.nonce === undefined ? {} : { nonce: grant.nonce }),
    ...(grant.authTime === undefined ? {} : { auth_time: grant.authTime }),
  });
}

function newRefreshToken(iam: Iam, grant: TokenGrant, issuedAt: number): RefreshToken | undefined {
  const { client, user, scopes, audience } = grant;
  const wanted = scopes.includes('offline_access') && client.grant_types.includes(REFRESH_TOKEN);
  if (user === undefined || !wanted) return undefined;
  const expiresAt = issuedAt + iam.lifetimes.refreshToken;
  const token = unsignedJwt({ exp: expiresAt, jti: randomUUID() });
  const refreshToken: RefreshToken = {
    token,
    clientId: client.client_id,
    userId: user.id,
    scopes,
    audience,
    expiresAt,
    accessTokens: [],
  };
  iam.state.refreshTokens.set(token, refreshToken, iam.lifetimes.refreshToken);
  return refreshToken;
}
