import { mayRedirectTo } from '../../clients/redirect-uris.ts';
import type { Iam } from '../../iam.ts';

/**
 * A form goes on to `target`. If that is an authorization request, this gives the redirect URI at which it ends, for the page's CSP.
 * Only a URI that the client of the request has registered: `target` may come from a link that an attacker has made.
 */
export function formTargetOf(iam: Pick<Iam, 'clients' | 'issuer'>, target: string): string | undefined {
  if (!target.startsWith('/authorize?')) return undefined;
  const query = new URL(target, iam.issuer).searchParams;
  const uri = query.get('redirect_uri') ?? '';
  return mayRedirectTo(iam.clients.get(query.get('client_id') ?? ''), uri) ? uri : undefined;
}
