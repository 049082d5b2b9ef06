import type { Context } from 'koa';
import { PageError } from '../../errors.ts';
import type { Iam } from '../../iam.ts';
import { type AccessToken, type RefreshToken, revokeRefreshToken } from '../../state/state.ts';
import { csrfField } from '../html/forms.ts';
import { type Html, html } from '../html/html.ts';

/** How many tokens a page shows. */
const SHOWN = 50;

type Token = AccessToken | RefreshToken;

/**
 * The valid tokens that `mayManage` selects, the newest first, each with a button that revokes it by a form to `<path>/<id>/revoke`.
 */
export function tokenList(
  iam: Pick<Iam, 'accessTokens' | 'clients' | 'now' | 'refreshTokens' | 'users'>,
  ctx: Context,
  options: { readonly path: string; readonly mayManage: (token: Token) => boolean },
): Html {
  const row = (kind: string) => (token: Token) => {
    const client = iam.clients.get(token.clientId)?.client_name ?? token.clientId;
    const owner = iam.users.byId(token.userId ?? '')?.username ?? 'the client itself';
    return html`<li><div><strong>${client}</strong> <span class="badge">${kind}</span>
<p class="muted">${owner}, ${timeLeft(token.expiresAt - iam.now())} left<br><span class="mono">${token.scopes.join(' ')}</span></p></div>
<form method="post" action="${options.path}/${token.id}/revoke">${csrfField(ctx)}<button class="small quiet" aria-label="Revoke the ${kind} of ${client}">Revoke</button></form></li>`;
  };
  const refreshTokens = [...iam.refreshTokens.values()].filter(options.mayManage).reverse();
  const accessTokens = [...iam.accessTokens.values()].filter(options.mayManage).reverse();
  const rows = [...refreshTokens.map(row('refresh token')), ...accessTokens.map(row('access token'))];
  if (rows.length === 0) return html`<p class="muted">None.</p>`;
  const hidden = rows.length - SHOWN;
  return html`<ul class="rows">${rows.slice(0, SHOWN)}</ul>${hidden > 0 ? html`<p class="muted">And ${hidden} more.</p>` : undefined}`;
}

/**
 * Revokes the token with this id, and with a refresh token its access tokens.
 * @throws PageError 404 if `mayManage` selects no such token
 */
export function revokeToken(
  iam: Pick<Iam, 'accessTokens' | 'refreshTokens'>,
  id: string,
  mayManage: (token: Token) => boolean,
): void {
  const isMeant = (token: Token) => String(token.id) === id && mayManage(token);
  const refreshToken = [...iam.refreshTokens.values()].find(isMeant);
  const accessToken = [...iam.accessTokens.values()].find(isMeant);
  if (refreshToken !== undefined) revokeRefreshToken(iam, refreshToken);
  else if (accessToken !== undefined) iam.accessTokens.delete(accessToken.token);
  else throw new PageError(404, 'This token has ended already.');
}

/** A duration in words. */
function timeLeft(seconds: number): string {
  if (seconds < 120) return `${Math.max(0, Math.floor(seconds))} seconds`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} minutes`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} hours`;
  return `${Math.floor(seconds / 86_400)} days`;
}
