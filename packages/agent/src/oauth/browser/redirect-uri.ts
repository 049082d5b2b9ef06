/** The addresses to which a browser returns after a login (RFC 8252 7). */

/** The custom scheme for which a desktop starts oidc-gen (RFC 8252 7.1). */
const CUSTOM_SCHEME = 'edu.kit.data.oidc-agent:/';

export const isCustomScheme = (uri: string): boolean => uri.startsWith(CUSTOM_SCHEME);

/** The loopback addresses that a browser may try for the host of a redirect URI. */
const ADDRESSES: ReadonlyMap<string, readonly string[]> = new Map([
  ['localhost', ['127.0.0.1', '::1']],
  ['127.0.0.1', ['127.0.0.1']],
  ['[::1]', ['::1']],
]);

/** The port and addresses of a redirect URI on this computer; undefined if it leads elsewhere. */
export function loopbackPlace(
  uri: string,
): { readonly port: number; readonly addresses: readonly string[] } | undefined {
  if (!URL.canParse(uri)) return undefined;
  const { protocol, hostname, port } = new URL(uri);
  const addresses = ADDRESSES.get(hostname);
  return protocol === 'http:' && addresses !== undefined
    ? { port: Number(port || 80), addresses }
    : undefined;
}

/** The port of this computer that a redirect URI leads to; undefined if it leads elsewhere. */
export function loopbackPort(uri: string): number | undefined {
  return loopbackPlace(uri)?.port;
}

/**
 * Whether a redirect URI uses a literal address, and so does not depend on how a computer resolves `localhost` (RFC
 * 8252 8.3).
 */
export function isLiteralAddress(uri: string): boolean {
  return loopbackPlace(uri)?.addresses.length === 1;
}
