import { nearest } from '../nearest.ts';
import { parseScopes } from './scope.ts';

/** A scope that an issuer does not list, and the listed one that the user most likely intended. */
export interface UnlistedScope {
  readonly scope: string;
  readonly meant: string | undefined;
}

/**
 * The scopes of a list that an issuer does not name in `scopes_supported` (OpenID Connect Discovery 1.0, section 3).
 *
 * A scope with a path, `storage.read:/data`, is listed by the path above it: issuers list `storage.read:/`, or
 * `storage.read:` (WLCG token profile, section "Capability based authorization"). `max` is no scope. Empty for an issuer
 * that lists no scopes.
 */
export function unlistedScopes(asked: string, listed: readonly string[] | undefined): UnlistedScope[] {
  if (listed === undefined || listed.length === 0) return [];
  return parseScopes(asked)
    .filter((scope) => !UNDERSTOOD_SCOPES.includes(scope) && !listed.some((known) => covers(known, scope)))
    .map((scope) => ({ scope, meant: meantBy(scope, listed) }));
}

/** jeton defines `max`, OpenID Connect the others: issuers need not list them. */
const UNDERSTOOD_SCOPES = ['max', 'openid', 'offline_access'];

function covers(listed: string, scope: string): boolean {
  if (listed === scope) return true;
  const [capability, path] = partsOf(listed);
  const [askedCapability, askedPath] = partsOf(scope);
  if (askedPath === undefined || capability !== askedCapability) return false;
  const above = (path ?? '').replace(/\/$/, '');
  return askedPath === above || askedPath.startsWith(`${above}/`);
}

/** Corrects the name of the capability and keeps the path; takes a comma for a space if scopes are on both sides of it. */
function meantBy(scope: string, listed: readonly string[]): string | undefined {
  const parts = scope.split(',').filter((part) => part !== '');
  if (parts.length > 1 && unlistedScopes(parts.join(' '), listed).length < parts.length)
    return parts.join(' ');
  const [capability, path] = partsOf(scope);
  const names = [...new Set(listed.map((known) => partsOf(known)[0]))];
  const name = nearest(capability, names);
  if (name === undefined || name === capability) return nearest(scope, listed);
  return path === undefined ? name : `${name}:${path}`;
}

/** Splits a scope at the colon into capability and path. URNs and other names have no path. */
function partsOf(scope: string): [capability: string, path: string | undefined] {
  const [, capability, path] = /^([^:]+):(\/.*)?$/.exec(scope) ?? [];
  return capability === undefined ? [scope, undefined] : [capability, path ?? ''];
}
