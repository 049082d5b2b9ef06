/** What `jeton login` suggests, and how it reads what the user writes. */

/** The words in the host names of issuers that do not tell one from another. */
const COMMON_WORDS =
  /^(iam|aai|auth|cloud|dev|id|idp|iam\d+|keycloak|login|oidc|op|prod|proxy|sso|test|www|accounts?)$/;

/**
 * A short name for an account at an issuer: the first word of its host name that tells something, such as `wlcg` for
 * https://wlcg.cloud.cnaf.infn.it/ and `atlas` for https://atlas-auth.cern.ch/, with a number if there is such an account.
 */
export function suggestedName(issuer: string, isTaken: (name: string) => boolean): string {
  const { hostname } = new URL(issuer);
  const isNumeric = /^[\d.]+$|:/.test(hostname);
  const words = isNumeric ? [] : hostname.split('.').flatMap((label) => label.split('-'));
  const [name = 'local'] = [...words.filter((word) => !COMMON_WORDS.test(word)), ...words];
  const short = name === 'localhost' ? 'local' : name;
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? short : `${short}${number}`;
    if (!isTaken(candidate)) return candidate;
  }
}

/** The address of an issuer that a user typed, perhaps without its scheme; undefined for a text that is no address. */
export function issuerAddress(typed: string): string | undefined {
  if (/\s/.test(typed)) return undefined;
  if (/^https?:\/\/[^/]/i.test(typed)) return typed;
  if (typed.includes('://')) return undefined;
  if (/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(?![^:/])/.test(typed)) return `http://${typed}`;
  return /^[^/:]+\.[^/:.]|^[\w-]+:\d+(\/|$)/.test(typed) ? `https://${typed}` : undefined;
}

/** Who the user is, and the scopes of storage and computing that only read: enough to begin with, and little to lose. */
const USUAL_SCOPES = [
  'openid',
  'profile',
  'email',
  'offline_access',
  'wlcg.groups',
  'eduperson_entitlement',
  'entitlements',
  'storage.read:/',
  'compute.read',
];
const SCOPES_WITHOUT_A_LIST = 'openid profile offline_access';

/** The scopes to suggest at an issuer, by the list of those that it supports. */
export function usualScopes(listed: readonly string[] | undefined): string {
  if (listed === undefined) return SCOPES_WITHOUT_A_LIST;
  return USUAL_SCOPES.filter(
    (scope) => /^(openid|offline_access)$/.test(scope) || listed.includes(scope),
  ).join(' ');
}
