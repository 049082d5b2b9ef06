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
  const lifetime = used.expiresAt - iam.now();
  const token = unsignedJwt({ exp: used.expiresAt, jti: randomUUID() });
  const next: RefreshToken = { ...used, token };
  refreshTokens.delete(used.token);
  replacedRefreshTokens.set(used.token, { family: used.family, clientId: used.clientId }, lifetime);
  refreshTokens.set(token, next, lifetime);
  return next;
}

/**
 * Ends a family of refresh tokens when one of them is used that another has replaced: either it or its successor is
 * in the wrong hands (RFC 9700 section 4.14.2).
 */
export function noticeReuse(iam: Iam, value: string): void {
  const replaced = iam.state.replacedRefreshTokens.get(value);
  if (replaced === undefined || iam.behaviour.settings.rotation !== 'detect-reuse') return;
  const { family } = replaced;
  for (const token of [...iam.state.refreshTokens.values()]) {
    if (token.family === family) revokeRefreshToken(iam.state, token);
  }
  if (iam.state.revokedFamilies.get(family) === undefined) {
    iam.state.revokedFamilies.set(family, { ...replaced, time: iam.now() });
  }
}
