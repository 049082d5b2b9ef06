import type { Iam } from '../iam.ts';
import { mayRedirectTo } from '../redirect-uris.ts';

/**
 * The redirect URI to which a form may lead that goes on to `target`, if `target` is an authorization request. It counts only
 * if the client of that request has registered it, since `target` may come out of a link that an attacker has made.
 */
export function formTargetOf(iam: Iam, target: string): string | undefined {
  if (!target.startsWith('/authorize?')) return undefined;
  const query = new URL(target, iam.issuer).searchParams;
  const uri = query.get('redirect_uri') ?? '';
  return mayRedirectTo(iam.state.clients.get(query.get('client_id') ?? ''), uri) ? uri : undefined;
}
