import { Secret } from '../../secret.ts';
import type { KnownIssuer } from './issuer-file.ts';

/**
 * Reads pubclients.config, where releases of the C suite before 5 list public clients:
 * `<client_id>[:<secret>]@<issuer>` on each line, optionally with `@<scopes>`. Skips other lines.
 */
export function parsePubclients(text: string): KnownIssuer[] {
  return text.split('\n').flatMap((line) => {
    const [, client_id, secret, issuer, scope] =
      /^([^#@:\s][^@:]*)(?::([^@]*))?@([^@\s]+)(?:@(.*))?$/.exec(line.trim()) ?? [];
    if (client_id === undefined || issuer === undefined) return [];
    const pubclient = {
      client_id,
      ...(secret ? { client_secret: new Secret(secret) } : {}),
      ...(scope ? { scope } : {}),
    };
    return [{ issuer, pubclient }];
  });
}
