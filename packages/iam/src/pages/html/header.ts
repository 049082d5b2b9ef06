import type { Context } from 'koa';
import type { User } from '../../users/users.ts';
import { csrfField } from './forms.ts';
import { type Html, html } from './html.ts';
import { logo } from './icon.ts';

const MENU = [
  { path: '/', name: 'Start' },
  { path: '/device', name: 'Enter a code' },
  { path: '/dashboard', name: 'Dashboard' },
];

const ADMINISTRATION = { path: '/admin', name: 'Admin' };

/** The header of a page. A page about a single task has no menu; users who are no administrators see no link to the administration. */
export function header(ctx: Context, user: User | undefined, hasMenu: boolean): Html {
  const entries = user === undefined || user.admin === true ? [...MENU, ADMINISTRATION] : MENU;
  const menu = html`<nav aria-label="Main">${entries.map(({ path, name }) => html`<a href="${path}"${isCurrent(ctx, path) ? html` aria-current="page"` : undefined}>${name}</a>`)}</nav>`;
  return html`<header class="top"><div>
<a class="brand" href="/">${logo}<span>jeton-iam <small>development IAM</small></span></a>
${hasMenu ? menu : undefined}
${user === undefined ? undefined : account(ctx, user)}
</div></header>`;
}

function isCurrent(ctx: Context, path: string): boolean {
  return ctx.path === path || (path !== '/' && ctx.path.startsWith(`${path}/`));
}

function account(ctx: Context, { username }: User): Html {
  return html`<div class="account">Signed in as <strong>${username}</strong> · <form class="inline" method="post" action="/logout">${csrfField(ctx)}<button class="link">Sign out</button></form></div>`;
}
