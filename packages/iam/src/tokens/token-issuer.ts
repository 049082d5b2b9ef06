import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Client } from '../clients/clients.ts';
import { REFRESH_TOKEN } from '../grants/names.ts';
import type { Iam } from '../iam.ts';
import { permittedScopes } from '../policies/scope-policies.ts';
import { profileOf } from '../profiles/profiles.ts';
import type { Actor, RefreshToken } from '../state/state.ts';
import type { User } from '../users/users.ts';
import type { Audience } from './audience.ts';
import { sign, unsignedJwt } from './keys.ts';

/** The answer of the token endpoint (RFC 6749 section 5.1), its members in IAM's order. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly refresh_token?: string;
  /** Seconds. */
  readonly expires_in: number;
  readonly scope?: string;
  readonly id_token?: string;
  /** The type of the token that a token exchange gives (RFC 8693 section 2.2.1). */
  readonly issued_token_type?: string;
}

/** The result of a grant, for which to issue tokens. */
export interface TokenGrant {
  readonly client: Client;
  /** Absent for client credentials. */
  readonly user?: User;
  readonly scopes: readonly string[];
  readonly audience: Audience | undefined;
  /** The refresh token of the answer; without it a new one if the client gets one. */
  readonly refreshToken?: RefreshToken;
  /** The clients that act for the user, after a token exchange. */
  readonly actor?: Actor | undefined;
  /** For the ID token (OpenID Connect Core section 2). */
  readonly nonce?: string | undefined;
  readonly authTime?: number | undefined;
}

/** The lifetime of a token that never expires: a hundred years, in seconds. */
const FOREVER_SECONDS = 100 * 365 * 24 * 3600;

/** Makes the tokens of every grant. */
export interface TokenIssuer {
  /**
   * Makes an access token; for a user also a refresh token if the scopes have `offline_access`, and an ID token if they have
   * `openid`. Scopes that the scope policies deny the user are left out, without an error.
   */
  issue(grant: TokenGrant): Promise<TokenResponse>;
}

type TokenIssuerParts = Pick<
  Iam,
  | 'accessTokenIssuer'
  | 'accessTokens'
  | 'behaviour'
  | 'defaultProfile'
  | 'issuer'
  | 'key'
  | 'lifetimes'
  | 'now'
  | 'refreshTokens'
  | 'scopePolicies'
>;

export function createTokenIssuer(iam: TokenIssuerParts): TokenIssuer {
  return { issue: (grant) => issueTokens(iam, grant) };
}

async function issueTokens(iam: TokenIssuerParts, request: TokenGrant): Promise<TokenResponse> {
  const grant = { ...request, scopes: scopesFor(iam, request.user, request.scopes) };
  const { client, user, scopes } = grant;
  const issuedAt = Math.floor(iam.now());
  const lifetime = client.access_token_validity_seconds ?? iam.lifetimes.accessToken;
  const expiresAt = issuedAt + lifetime;
  const accessToken =
    iam.behaviour.settings.access_token === 'opaque'
      ? randomBytes(48).toString('base64url')
      : await signAccessToken(iam, grant, issuedAt, expiresAt);
  const idToken =
    user !== undefined && scopes.includes('openid')
      ? await signIdToken(iam, grant, user, issuedAt)
      : undefined;

  const refreshToken = grant.refreshToken ?? newRefreshToken(iam, grant, issuedAt);
  iam.accessTokens.set(
    accessToken,
    {
      id: newTokenId(),
      token: accessToken,
      clientId: client.client_id,
      userId: user?.id,
      scopes,
      audience: audienceOf(iam, grant),
      actor: grant.actor,
      family: refreshToken?.family,
      expiresAt,
    },
    lifetime,
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

/** The scopes that the scope policies permit the user. Without a user (client credentials) all requested scopes. */
export function scopesFor(
  iam: Pick<Iam, 'scopePolicies'>,
  user: User | undefined,
  scopes: readonly string[],
): readonly string[] {
  return user === undefined ? scopes : permittedScopes([...iam.scopePolicies.values()], user, scopes);
}

function newTokenId(): number {
  return randomInt(2 ** 47);
}

function audienceOf(
  iam: Pick<Iam, 'defaultProfile'>,
  { client, user, scopes, audience }: TokenGrant,
): readonly string[] {
  return profileOf(iam, client).audience({ user, scopes, audience: audience?.values ?? [] });
}

function signAccessToken(
  iam: Pick<Iam, 'accessTokenIssuer' | 'defaultProfile' | 'key'>,
  grant: TokenGrant,
  issuedAt: number,
  expiresAt: number,
): Promise<string> {
  const { client, user, scopes } = grant;
  const audience = audienceOf(iam, grant);
  return sign(iam.key, {
    ...profileOf(iam, client).accessToken({ user, scopes, audience }, issuedAt),
    iss: iam.accessTokenIssuer,
    sub: user?.id ?? client.client_id,
    ...(audience.length === 0 ? {} : { aud: audience.length === 1 ? audience[0] : [...audience] }),
    iat: issuedAt,
    exp: expiresAt,
    jti: randomUUID(),
    client_id: client.client_id,
    ...(grant.actor === undefined ? {} : { act: grant.actor }),
  });
}

function signIdToken(
  iam: Pick<Iam, 'defaultProfile' | 'issuer' | 'key' | 'lifetimes'>,
  grant: TokenGrant,
  user: User,
  issuedAt: number,
): Promise<string> {
  return sign(iam.key, {
    ...profileOf(iam, grant.client).idToken(user, grant.scopes),
    iss: iam.issuer,
    sub: user.id,
    aud: grant.client.client_id,
    // IAM repeats the key id of the header as a claim.
    kid: iam.key.kid,
    iat: issuedAt,
    exp: issuedAt + (grant.client.id_token_validity_seconds ?? iam.lifetimes.idToken),
    jti: randomUUID(),
    ...(grant.nonce === undefined ? {} : { nonce: grant.nonce }),
    ...(grant.authTime === undefined ? {} : { auth_time: grant.authTime }),
  });
}

function newRefreshToken(
  iam: Pick<Iam, 'behaviour' | 'lifetimes' | 'refreshTokens'>,
  grant: TokenGrant,
  issuedAt: number,
): RefreshToken | undefined {
  const { client, user, scopes, audience } = grant;
  const wanted = iam.behaviour.settings.refresh_token === 'always' || scopes.includes('offline_access');
  if (user === undefined || !wanted || !client.grant_types.includes(REFRESH_TOKEN)) return undefined;
  const seconds = client.refresh_token_validity_seconds ?? iam.lifetimes.refreshToken;
  const lifetime = seconds === 0 ? FOREVER_SECONDS : seconds;
  const expiresAt = issuedAt + lifetime;
  const token = unsignedJwt({ exp: expiresAt, jti: randomUUID() });
  const refreshToken: RefreshToken = {
    id: newTokenId(),
    token,
    family: randomUUID(),
    clientId: client.client_id,
    userId: user.id,
    scopes,
    audience,
    actor: grant.actor,
    expiresAt,
  };
  iam.refreshTokens.set(token, refreshToken, lifetime);
  return refreshToken;
}
