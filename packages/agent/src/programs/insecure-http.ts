/** Plain http for development: `oidc-gen --insecure-http HOST`. */
import { isIPv6 } from 'node:net';
import type { Account } from '../accounts/account.ts';
import { insecureHost } from '../oauth/issuer/insecure-http.ts';
import { isLoopback } from '../oauth/issuer/issuer-url.ts';
import { warn } from '../terminal/output.ts';
import { ProgramError } from '../terminal/run.ts';

/**
 * The host of `--insecure-http`, for the account.
 * @throws ProgramError for a host to which an account may not speak plain http
 */
export function permittedHost({
  'insecure-http': text,
}: {
  readonly 'insecure-http'?: string | undefined;
}): string | undefined {
  if (text === undefined) return undefined;
  const host = insecureHost(text);
  if (host !== undefined) return host;
  throw new ProgramError(
    `'${text}' cannot be the host of --insecure-http: ${reasonAgainst(text)}`,
    [
      'use https; or lead a port of this computer there: ssh -L 8080:localhost:8080 HOST, --iss=http://localhost:8080/',
    ],
    64,
  );
}

function reasonAgainst(text: string): string {
  if (text.includes('/')) return 'it is an address, not a host';
  const address = `http://${isIPv6(text) ? `[${text}]` : text}/`;
  if (!URL.canParse(address)) return 'it is not the name of a host';
  const { hostname, port } = new URL(address);
  if (port !== '') return 'it has a port, and the option is for the whole host';
  if (isLoopback(hostname)) return 'plain http needs no option there';
  return 'it is neither a name without a dot nor a private IP address';
}

/** Tells the user that an account uses plain http, each time that a program uses its file. */
export function warnOfInsecureHttp({ insecure_http: host }: Pick<Account, 'insecure_http'>): void {
  if (host === undefined || insecureHost(host) === undefined) return;
  warn(
    `Warning: tokens and passwords travel unencrypted to http://${host.includes(':') ? `[${host}]` : host} (--insecure-http): for development only`,
  );
}
