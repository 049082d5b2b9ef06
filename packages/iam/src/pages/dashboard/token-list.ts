import type { Context } from 'koa';
import { PageError } from '../../errors.ts';
import type { Iam } from '../../iam.ts';
import { type AccessToken, type RefreshToken, revokeRefreshToken } from '../../state/state.ts';
import { inWords } from '../html/duration.ts';
import { csrfField } from '../html/forms.ts';
import { type Html, html } from '../html/html.ts';

/** How many tokens a page shows. */
const SHOWN = 50;

type Token = AccessToken | RefreshToken;

/** A token with its kind in words. */
interface Row {
  readonly kind: string;
  readonly token: Token;
}

/**
 * The valid tokens that `mayManage` selects, the newest first, folded to one entry for each client; each has a button that revokes it by a
 * form to `<path>/<id>/revoke`.
 */
export function tokenList(
  iam: Pick<Iam, 'accessTokens' | 'clients' | 'now' | 'refreshTokens' | 'users'>,
  ctx: Context,
  options: { readonly path: string; readonly mayManage: (token: Token) => boolean },
): Html {
  const refreshTokens = [...iam.refreshTokens.values()].filter(options.mayManage).reverse();
  const accessTokens = [...iam.accessTokens.values()].filter(options.mayManage).reverse();
  const all: Row[] = [
    ...refreshTokens.map((token) => ({ kind: 'refresh token', token })),
    ...accessTokens.map((token) => ({ kind: 'access token', token })),
  ];
  if (all.length === 0) return html`<p class="muted">None.</p>`;
  const rows = all.slice(0, SHOWN);
  const clientIds = [...new Set(rows.map(({ token }) => token.clientId))];
  const hidden = all.length - rows.length;

  const rowOf =
    (name: string) =>
    ({ kind, token }: Row) => {
      const owner = iam.users.byId(token.userId ?? '')?.username ?? 'the client itself';
      return html`<li><div><strong>${kind}</strong> of ${owner}, ${inWords(token.expiresAt - iam.now())} left
<p class="muted mono">${token.scopes.join(' ')}</p></div>
<form method="post" action="${options.path}/${token.id}/revoke">${csrfField(ctx)}<button class="small quiet" aria-label="Revoke the ${kind} of ${name}">Revoke</button></form></li>`;
    };

  return html`${clientIds.map((id) => {
    const own = rows.filter(({ token }) => token.clientId === id);
    const name = iam.clients.get(id)?.client_name ?? id;
    return html`<details class="entry"><summary><strong>${name}</strong> ${badge(own, 'refresh token')} ${badge(own, 'access token')}<span class="mono muted">${id}</span></summary>
<ul class="rows">${own.map(rowOf(name))}</ul></details>`;
  })}${hidden > 0 ? html`<p class="muted">And ${hidden} more.</p>` : undefined}`;
}

function badge(rows: readonly Row[], wanted: string): Html | undefined {
  const count = rows.filter(({ kind }) => kind === wanted).length;
  return count === 0
    ? undefined
    : html`<span class="badge">${count} ${wanted}${count === 1 ? '' : 's'}</span>`;
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
