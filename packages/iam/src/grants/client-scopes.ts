import { type Client, scopesOf } from '../clients/clients.ts';
import { OAuthError } from '../errors.ts';
import type { Iam } from '../iam.ts';
import { parseScope } from '../tokens/scopes.ts';
import { isMalformedGroupScope } from '../users/groups.ts';

/**
 * The first of the requested scopes that the client may not have, or undefined.
 * @throws OAuthError 400 `invalid_scope` for a malformed `wlcg.groups:`.
 */
export function forbiddenScope(
  iam: Pick<Iam, 'scopes'>,
  client: Client,
  asked: readonly string[],
): string | undefined {
  refuseMalformedGroups(asked);
  const allowed = scopesOf(client);
  return asked.find((scope) => !iam.scopes.covers(allowed, scope));
}

/**
 * The scopes of a request to the token endpoint: the requested ones or, if there are none, all that the client has.
 * @throws OAuthError 400 `invalid_scope` for one that the client does not have
 */
export function requestedScopes(
  iam: Pick<Iam, 'scopes'>,
  client: Client,
  scope: string | undefined,
): readonly string[] {
  const asked = parseScope(scope);
  const forbidden = forbiddenScope(iam, client, asked);
  if (forbidden !== undefined) {
    const text = `Scope '${forbidden}' not allowed for client '${client.client_id}'`;
    throw new OAuthError(400, 'invalid_scope', text);
  }
  return asked.length > 0 ? asked : scopesOf(client);
}

/** @throws OAuthError 400 `invalid_scope` for a malformed `wlcg.groups:` */
export function refuseMalformedGroups(scopes: readonly string[]): void {
  const malformed = scopes.find(isMalformedGroupScope);
  if (malformed === undefined) return;
  throw new OAuthError(400, 'invalid_scope', `Invalid WLCG group scope: ${malformed}`);
}
