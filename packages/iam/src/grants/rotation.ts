import { randomUUID } from 'node:crypto';
import type { Iam } from '../iam.ts';
import { type RefreshToken, revokeRefreshToken } from '../state/state.ts';
import { unsignedJwt } from '../tokens/keys.ts';

/**
 * The refresh token in the answer to a refresh: the same one, as in IAM, or a new one if the setting `rotation` or the client's
 * `reuse_refresh_token` asks for it. All refresh tokens of one login are a family.
 */
export function rotate(
  iam: Pick<Iam, 'behaviour' | 'clients' | 'now' | 'refreshTokens' | 'replacedRefreshTokens'>,
  used: RefreshToken,
): RefreshToken {
  const reuses = iam.clients.get(used.clientId)?.reuse_refresh_token !== false;
  if (reuses && iam.behaviour.settings.rotation === 'none') return used;
  const { refreshTokens, replacedRefreshTokens } = iam;
  const { isReplaced = false, ...kept } = used;
  const lifetime = used.expiresAt - iam.now();
  const token = unsignedJwt({ exp: used.expiresAt, jti: randomUUID() });
  const next: RefreshToken = { ...kept, token };
  if (!isReplaced) retire(iam, used, lifetime);
  replacedRefreshTokens.set(used.token, { family: used.family, clientId: used.clientId }, lifetime);
  refreshTokens.set(token, next, lifetime);
  return next;
}

/** Ends a replaced refresh token: at once, or after the seconds of the setting `grace`. */
function retire(iam: Pick<Iam, 'behaviour' | 'refreshTokens'>, used: RefreshToken, lifetime: number): void {
  const { grace } = iam.behaviour.settings;
  if (grace === 0) iam.refreshTokens.delete(used.token);
  else iam.refreshTokens.set(used.token, { ...used, isReplaced: true }, Math.min(grace, lifetime));
}

/**
 * Ends a family of refresh tokens when a client uses a replaced one: an attacker has either that one or its successor
 * (RFC 9700 section 4.14.2).
 */
export function noticeReuse(
  iam: Pick<
    Iam,
    'accessTokens' | 'behaviour' | 'now' | 'refreshTokens' | 'replacedRefreshTokens' | 'revokedFamilies'
  >,
  value: string,
): void {
  const replaced = iam.replacedRefreshTokens.get(value);
  if (replaced === undefined || iam.behaviour.settings.rotation !== 'detect-reuse') return;
  const { family } = replaced;
  const newest = [...iam.refreshTokens.values()].find((token) => token.family === family);
  if (newest !== undefined) revokeRefreshToken(iam, newest);
  if (iam.revokedFamilies.get(family) === undefined) {
    iam.revokedFamilies.set(family, { ...replaced, time: iam.now() });
  }
}
