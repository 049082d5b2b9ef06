import type { Context } from 'koa';
import { PageError } from '../../errors.ts';
import type { Routes } from '../../http/router.ts';
import type { Iam } from '../../iam.ts';
import type { Sessions } from '../../users/sessions.ts';
import type { User } from '../../users/users.ts';
import { revokeToken, tokenList } from '../dashboard/token-list.ts';
import { readPageForm } from '../html/forms.ts';
import { type Html, html } from '../html/html.ts';
import { sendPage } from '../html/layout.ts';
import { visitingAdministrator } from '../login/visitor.ts';
import { clientList, switched } from './clients.ts';
import { configurationOf } from './configuration.ts';
import { requestList } from './requests.ts';
import { userList } from './users.ts';

const TABS = [
  { path: '/admin', name: 'Clients' },
  { path: '/admin/tokens', name: 'Tokens' },
  { path: '/admin/requests', name: 'Requests' },
  { path: '/admin/users', name: 'Users' },
];

const everyToken = () => true;

/** `/admin` and the pages below it, for administrators: clients with their switches and configuration, tokens, the latest requests, users. */
export function adminPages(
  iam: Pick<
    Iam,
    'accessTokens' | 'clients' | 'issuer' | 'lifetimes' | 'now' | 'refreshTokens' | 'requests' | 'users'
  >,
  sessions: Sessions,
): Routes {
  /** The page at one path, with the tabs of the administration. */
  const page = (title: string, content: (ctx: Context, ...parameters: string[]) => Html) => ({
    GET: async (ctx: Context, ...parameters: string[]) => {
      const user = await visitingAdministrator(ctx, sessions, ctx.url);
      if (user !== undefined) sendAdminPage(ctx, user, title, content(ctx, ...parameters));
    },
  });

  /** A form of one of the pages; afterwards the browser goes to the path that `act` returns. */
  const form = (act: (fields: URLSearchParams, ...parameters: string[]) => string) => ({
    POST: async (ctx: Context, ...parameters: string[]) => {
      const fields = await readPageForm(iam, ctx);
      if ((await visitingAdministrator(ctx, sessions, '/admin')) === undefined) return;
      ctx.redirect(act(fields, ...parameters));
      ctx.status = 303;
    },
  });

  const clientById = (id: string) => {
    const client = iam.clients.get(id);
    if (client === undefined) throw new PageError(404, 'This client does not exist any more.');
    return client;
  };

  return {
    '/admin': page('Clients', (ctx) => clientList(iam, ctx)),
    '/admin/clients/*': {
      ...page('Configuration', (_, id = '') => configurationOf(iam, clientById(id))),
      ...form((fields, id = '') => {
        const changed = switched(clientById(id), fields.get('switch') ?? '', fields.get('on') === 'true');
        iam.clients.replace(id, changed);
        const name = encodeURIComponent(id);
        return `/admin?open=${name}#client-${name}`;
      }),
    },
    '/admin/tokens': page(
      'Tokens',
      (ctx) =>
        html`<section>${tokenList(iam, ctx, { path: '/admin/tokens', mayManage: everyToken })}</section>`,
    ),
    '/admin/tokens/*/revoke': form((_, id = '') => {
      revokeToken(iam, id, everyToken);
      return '/admin/tokens';
    }),
    '/admin/requests': page('Requests', (ctx) => requestList(iam, ctx)),
    '/admin/users': page('Users', () => userList(iam)),
  };
}

function sendAdminPage(ctx: Context, user: User, title: string, content: Html): void {
  const tab = (path: string, name: string) =>
    html`<a href="${path}"${ctx.path === path ? html` aria-current="page"` : undefined}>${name}</a>`;
  sendPage(ctx, {
    title: `${title} - Administration`,
    wide: true,
    user,
    content: html`<h1>Administration</h1>
<nav class="tabs" aria-label="Administration">${TABS.map(({ path, name }) => tab(path, name))}</nav>
${content}`,
  });
}
