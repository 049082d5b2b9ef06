import { randomUUID } from 'node:crypto';
import type { Iam } from '../iam.ts';
import { unsignedJwt } from '../keys.ts';
import { type RefreshToken, revokeRefreshToken } from '../state/state.ts';

/**
 * The refresh token that goes with the answer to a refresh: the same one, as with IAM, or the one that takes its place
 * if the setting `rotation` or the client's `reuse_refresh_token` says so. All that came from one grant are a family.
 */
export function rotate(iam: Iam, used: RefreshToken): RefreshToken {
  const reuses = iam.state.clients.get(used.clientId)?.reuse_refresh_token !== false;
  if (reuses && iam.behaviour.settings.rotation === 'none') return used;
  const { refreshTokens, replacedRefreshTokens } = iam.state;
  const { isReplaced = false, ...kept } = used;
  const lifetime = used.expiresAt - iam.now();
  const token = unsignedJwt({ exp: used.expiresAt, jti: randomUUID() });
  const next: RefreshToken = { ...kept, token };
  if (!isReplaced) retire(iam, used, lifetime);
  replacedRefreshTokens.set(used.token, { family: used.family, clientId: used.clientId }, lifetime);
  refreshTokens.set(token, next, lifetime);
  return next;
}

/** Ends a refresh token that another one replaces: at once, or after the setting `grace`. */
function retire(iam: Iam, used: RefreshToken, lifetime: number): void {
  const { grace } = iam.behaviour.settings;
  if (grace === 0) iam.state.refreshTokens.delete(used.token);
  else iam.state.refreshTokens.set(used.token, { ...used, isReplaced: true }, Math.min(grace, lifetime));
}

/**
 * Ends a family of refresh tokens when one of them is used that another has replaced: either it or its successor is
 * in the wrong hands (RFC 9700 section 4.14.2).
 */
export function noticeReuse(iam: Iam, value: string): void {
  const replaced = iam.state.replacedRefreshTokens.get(value);
  if (replaced === undefined || iam.behaviour.settings.rotation !== 'detect-reuse') return;
  const { family } = replaced;
  const newest = [...iam.state.refreshTokens.values()].find((token) => token.family === family);
  if (newest !== undefined) revokeRefreshToken(iam.state, newest);
  if (iam.state.revokedFamilies.get(family) === undefined) {
    iam.state.revokedFamilies.set(family, { ...replaced, time: iam.now() });
  }
}
