import { isIP } from 'node:net';
import { isPermitted } from './insecure-http.ts';

/**
 * Whether two spellings name the same issuer: equal, or differing by one trailing slash.
 *
 * Issuers are compared as plain strings (OpenID Connect Discovery 4.3); this ignores the slash because users omit or
 * add it. Only for look-ups: jeton always stores the issuer's own spelling, from its discovery document.
 */
export function sameIssuer(one: string, other: string): boolean {
  return one === other || `${one}/` === other || one === `${other}/`;
}

const WELL_KNOWN = '/\\.well-known/(?:openid-configuration|oauth-authorization-server)';

/**
 * Normalises an issuer that a user typed with surrounding blanks, with its scheme or host in capitals (RFC 3986
 * 6.2.2.1), or as the address of its discovery document: below the issuer, or between its host and path (RFC 8414 3.1).
 */
export function meantIssuer(text: string): string {
  return text
    .trim()
    .replace(/^[a-z]+:\/\/[^/?#]*/i, (origin) => origin.toLowerCase())
    .replace(new RegExp(`^(https?://[^/]*)${WELL_KNOWN}(/.*)?$`), '$1$2')
    .replace(new RegExp(`${WELL_KNOWN}/?$`), '');
}

/**
 * Whether a user's spelling stands for an issuer, both in any form that `meantIssuer` reads. Only for look-ups, as
 * `sameIssuer`.
 */
export function isMeant(issuer: string, written: string): boolean {
  return sameIssuer(meantIssuer(issuer), meantIssuer(written));
}

/** An issuer without its trailing slash, if it has one. */
export function withoutSlash(issuer: string): string {
  return issuer.endsWith('/') ? issuer.slice(0, -1) : issuer;
}

/**
 * Parses the address of an issuer or of one of its endpoints.
 *
 * Only https is accepted, and http for this computer itself (localhost, 127.0.0.0/8, ::1): secrets are sent there.
 * Returns undefined for anything else, also for an address that carries a user name or password.
 *
 * @param insecureHttp the host to which the account may speak plain http, too; see `insecure-http.ts`
 */
export function secureUrl(text: string, insecureHttp?: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.protocol === 'https:') return url;
  const isPlain = isLoopback(url.hostname) || isPermitted(url.hostname, insecureHttp);
  return url.protocol === 'http:' && isPlain ? url : undefined;
}

/** Whether a host, as in `URL.hostname`, is this computer itself. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}
