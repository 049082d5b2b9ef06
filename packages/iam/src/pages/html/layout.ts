import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { User } from '../../users/users.ts';
import { style } from '../style/style.ts';
import { header } from './header.ts';
import { Html, html } from './html.ts';
import { faviconUrl } from './icon.ts';

const stylesheet = new Html(style);
const styleHash = createHash('sha256').update(style).digest('base64');

export interface Page {
  readonly title: string;
  readonly content: Html;
  readonly status?: number;
  /** Whether the page is wide enough for tables. */
  readonly wide?: true;
  /** The redirect URI of a client to which a form on this page may lead, besides this server. */
  readonly formTarget?: string | undefined;
  /** A path to which the page sends the browser at once. */
  readonly refresh?: string;
  /** The user who is signed in. */
  readonly user?: User | undefined;
  /** Whether the page is about one task, which a menu would only distract from. */
  readonly task?: true;
}

/** Sends a page. It loads no resources, runs no scripts and cannot be framed. */
export function sendPage(ctx: Context, page: Page): void {
  ctx.status = page.status ?? 200;
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.set('X-Content-Type-Options', 'nosniff');
  // With `no-referrer`, a browser would send `Origin: null` with our own forms, too; see `readPageForm`.
  ctx.set('Referrer-Policy', 'same-origin');
  ctx.set('Content-Security-Policy', contentSecurityPolicy(page.formTarget));
  ctx.body = layout(ctx, page);
}

function contentSecurityPolicy(formTarget: string | undefined): string {
  const formTargets = ["'self'", ...(formTarget === undefined ? [] : sourcesOf(formTarget))];
  return [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    'img-src data:',
    `form-action ${formTargets.join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** The sources of a redirect URI in CSP (CSP 3 section 2.3.1): its origin, or its scheme if it is not http or https. */
function sourcesOf(uri: string): string[] {
  if (!URL.canParse(uri)) return [];
  const { origin, protocol, hostname, port } = new URL(uri);
  if (origin === 'null') return [protocol];
  // CSP has no way to write an IPv6 address.
  if (hostname.startsWith('[')) return [`${protocol}//*${port === '' ? '' : `:${port}`}`];
  // Some characters of a host name would end the source, and begin another rule of the policy.
  return /^[\w.:/-]+$/.test(origin) ? [origin] : [];
}

function layout(ctx: Context, { title, content, wide, user, task, refresh }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - jeton-iam</title>
<link rel="icon" href="${faviconUrl}">
${refresh === undefined ? undefined : html`<meta http-equiv="refresh" content="0; url=${refresh}">`}
<style>${stylesheet}</style>
</head>
<body${wide === true ? html` class="wide"` : undefined}>
<a class="skip" href="#main">Skip to the content</a>
${header(ctx, user, task !== true)}
<main id="main">${content}</main>
<footer>For development and tests only.</footer>
</body>
</html>
`.text;
}
