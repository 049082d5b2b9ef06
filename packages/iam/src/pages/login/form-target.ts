import { mayRedirectTo } from '../../clients/redirect-uris.ts';
import type { Iam } from '../../iam.ts';

/**
 * The redirect URI at which a form that leads on to `target` ends, if `target` is an authorization request: the page's CSP has to allow
 * it. Only a URI that the client has registered, because an attacker may have made the link with `target`.
 */
export function formTargetOf(iam: Pick<Iam, 'clients' | 'issuer'>, target: string): string | undefined {
  if (!target.startsWith('/authorize?')) return undefined;
  const query = new URL(target, iam.issuer).searchParams;
  const uri = query.get('redirect_uri') ?? '';
  return mayRedirectTo(iam.clients.get(query.get('client_id') ?? ''), uri) ? uri : undefined;
}
