/** Where a browser may come back to after a login (RFC 8252 7). */

/** The scheme by which a desktop hands an address to oidc-gen. */
const CUSTOM_SCHEME = 'edu.kit.data.oidc-agent:/';

export const isCustomScheme = (uri: string): boolean => uri.startsWith(CUSTOM_SCHEME);

/** The port of this computer that a redirect URI leads to; undefined if it leads elsewhere. */
export function loopbackPort(uri: string): number | undefined {
  if (!URL.canParse(uri)) return undefined;
  const { protocol, hostname, port } = new URL(uri);
  if (protocol !== 'http:' || !['localhost', '127.0.0.1'].includes(hostname)) return undefined;
  return Number(port || 80);
}
