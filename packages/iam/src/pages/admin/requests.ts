import type { Context } from 'koa';
import type { LoggedRequest } from '../../behaviour/request-log.ts';
import type { Iam } from '../../iam.ts';
import { type Html, html } from '../html/html.ts';
import { searchForm } from './search-form.ts';

/** How many requests the page shows. */
const SHOWN = 50;

/** The latest requests that contain each word of the query `q`, without those to the administration itself. */
export function requestList(iam: Pick<Iam, 'requests'>, ctx: Context): Html {
  const search = new URLSearchParams(ctx.querystring).get('q')?.trim() ?? '';
  const words = search.toLowerCase().split(/\s+/);
  const found = iam.requests.all.filter((request) => {
    const text = textOf(request).toLowerCase();
    return !request.path.startsWith('/admin') && words.every((word) => text.includes(word));
  });
  return html`<section>
${searchForm('/admin/requests', { label: 'Path, method, client, grant or status', value: search, button: 'Filter' })}
<p class="muted">The latest ${Math.min(SHOWN, found.length)} of ${found.length}. <a href="${ctx.url}">Refresh</a>${search === '' ? undefined : html` · <a href="/admin/requests">Show all</a>`}</p>
<ul class="rows">${found.slice(-SHOWN).reverse().map(row)}</ul>
</section>`;
}

function textOf({ method, path, client = '', grant = '', status }: LoggedRequest): string {
  return `${method} ${path} ${client} ${grant} ${status ?? 'dropped'}`;
}

function row({ time, method, path, client, grant, status }: LoggedRequest): Html {
  const isBad = status === null || status >= 400;
  return html`<li><div><span class="mono">${method} ${path}</span>
<p class="muted">${new Date(time * 1000).toISOString().slice(11, 19)} UTC${client === undefined ? undefined : html`, <span class="mono">${client}</span>`}${grant === undefined ? undefined : html`<br><span class="mono">${grant}</span>`}</p></div>
<span class="badge${isBad ? ' bad' : ''}">${status ?? 'dropped'}</span></li>`;
}
