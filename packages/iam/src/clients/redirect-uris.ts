import type { Client } from './clients.ts';

/** Schemes whose URIs a browser executes, displays or reads from disk, instead of sending a request. */
const REFUSED_SCHEMES = /^(?:javascript|data|vbscript|file|filesystem|blob|about|view-source):/i;

export function hasScheme(uri: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(uri);
}

/**
 * The reason why a text cannot be a client's redirect URI (RFC 6749 section 3.1.2), in the words of IAM; undefined if it can.
 */
export function redirectUriProblem(uri: string): string | undefined {
  if (!hasScheme(uri)) return 'no scheme set';
  if (REFUSED_SCHEMES.test(uri)) return `${uri} is not allowed`;
  if (uri.includes('#')) return 'contains a fragment';
  return undefined;
}

/**
 * Whether jeton-iam may redirect a browser to this URI on behalf of a client. As in IAM the client must have registered exactly this
 * text. An earlier version may have stored a URI that registration refuses today, so this checks it again.
 */
export function mayRedirectTo(client: Client | undefined, uri: string): boolean {
  return client?.redirect_uris.includes(uri) === true && redirectUriProblem(uri) === undefined;
}
