import { type Client, scopesOf } from '../clients.ts';
import { OAuthError } from '../errors.ts';
import { isMalformedGroupScope } from '../groups.ts';
import type { Iam } from '../iam.ts';

/**
 * The first scope that a client asks for without being allowed to, or undefined.
 * @throws OAuthError 400 `invalid_scope` for a malformed `wlcg.groups:`.
 */
export function forbiddenScope(iam: Iam, client: Client, asked: readonly string[]): string | undefined {
  const malformed = asked.find(isMalformedGroupScope);
  if (malformed !== undefined)
    throw new OAuthError(400, 'invalid_scope', `Invalid WLCG group scope: ${malformed}`);
  const allowed = scopesOf(client);
  return asked.find((scope) => !iam.scopes.covers(allowed, scope));
}
