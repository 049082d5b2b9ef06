import { IssuerError } from './http/errors.ts';
import { sameIssuer } from './issuer/issuer-url.ts';

/** The scopes of a string, split at any whitespace, each once and in their order (RFC 6749 3.3). */
export function parseScopes(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter((scope) => scope !== ''))];
}

/** The requested scopes that were not granted, in the order of the request. */
export function missingScopes(asked: string, granted: string): string[] {
  const got = new Set(parseScopes(granted));
  return parseScopes(asked).filter((scope) => !got.has(scope));
}

/**
 * The scopes that a client may request: those that the issuer lists for it, and `openid` if it was requested. `openid` belongs
 * to the protocol (OpenID Connect Core 3.1.2.1): Keycloak grants it to every client, and lists it for none.
 */
export function allowedScopes(asked: string, listed: string): string {
  const scopes = parseScopes(listed);
  const isUnlisted = parseScopes(asked).includes('openid') && !scopes.includes('openid');
  return (isUnlisted ? ['openid', ...scopes] : scopes).join(' ');
}

/** The scopes to register for a client, and those to try next if the issuer refuses them: Keycloak by default refuses `openid`. */
export function scopesToName(scope: string): string[] {
  const scopes = parseScopes(scope);
  return scopes.includes('openid') ? [scope, scopes.filter((one) => one !== 'openid').join(' ')] : [scope];
}

/**
 * The scopes to register and request: the user's plus those that an agent needs.
 *
 * A lone `max` in `asked` stands for all scopes that the issuer lists. Adds `openid` unless the issuer supports plain
 * OAuth only, and `offline_access`, without which the issuer grants no refresh token (OpenID Connect Core 11). Removes
 * `offline_access` for Google, which refuses it and grants refresh tokens by other means.
 *
 * @param offlineAccess whether this issuer accepts `offline_access`
 * @returns a scope string
 * @throws IssuerError if `asked` is `max` and the issuer lists no scopes
 */
export function wantedScopes(
  asked: string,
  {
    issuer,
    protocol,
    scopes_supported,
  }: { issuer: string; protocol: 'oidc' | 'oauth'; scopes_supported?: string[] },
  offlineAccess = !sameIssuer(issuer, 'https://accounts.google.com'),
): string {
  if (asked.trim() === 'max' && !scopes_supported) {
    const hints = ['name the scopes that you need, for example: --scope="openid profile offline_access"'];
    throw new IssuerError(`${issuer} does not list its scopes`, { issuer, kind: 'unsupported', hints });
  }
  const chosen = asked.trim() === 'max' ? (scopes_supported ?? []).join(' ') : asked;
  const scopes = parseScopes(chosen);
  const needed = protocol === 'oidc' ? ['openid', 'offline_access'] : ['offline_access'];
  const all = parseScopes([...scopes, ...needed].join(' '));
  return all.filter((scope) => offlineAccess || scope !== 'offline_access').join(' ');
}
