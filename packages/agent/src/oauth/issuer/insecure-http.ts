/** Hosts to which an account may speak plain http for development: see docs/oidc-gen.md, "Plain http for development". */
import { BlockList, isIP, isIPv6 } from 'node:net';

const PRIVATE = new BlockList();
// RFC 1918
PRIVATE.addSubnet('10.0.0.0', 8);
PRIVATE.addSubnet('172.16.0.0', 12);
PRIVATE.addSubnet('192.168.0.0', 16);
// RFC 3927
PRIVATE.addSubnet('169.254.0.0', 16);
// RFC 4193
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
// RFC 4291, section 2.5.6
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

/**
 * The host that a user permits to use without TLS, as a URL has it but without brackets: a name without a dot, or a private, unique
 * local or link-local IP address. Undefined for every other text.
 */
export function insecureHost(text: string): string | undefined {
  if (!/^(?:[a-z\d_.-]+|\[?[\da-f:.]+\]?)$/i.test(text)) return undefined;
  const address = `http://${isIPv6(text) ? `[${text}]` : text}/`;
  if (!URL.canParse(address)) return undefined;
  const { host } = new URL(address);
  const name = host.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(name);
  if (version === 0) return /^[a-z\d_-]+$/.test(name) ? name : undefined;
  return PRIVATE.check(name, version === 4 ? 'ipv4' : 'ipv6') ? name : undefined;
}

/**
 * Whether an account with `permitted` (`insecure_http` in its file) may use plain http at a host, as in `URL.hostname`. Checks
 * `permitted` too, because a file may have any text.
 */
export function isPermitted(hostname: string, permitted: string | undefined): boolean {
  const host = permitted === undefined ? undefined : insecureHost(permitted);
  return host !== undefined && host === hostname.replace(/^\[(.*)\]$/, '$1');
}
