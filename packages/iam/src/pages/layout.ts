import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { Html, html } from './html.ts';
import { style } from './style.ts';

const stylesheet = new Html(style);
const styleHash = createHash('sha256').update(style).digest('base64');

export interface Page {
  readonly title: string;
  readonly content: Html;
  readonly status?: number;
  /** Room for tables. */
  readonly wide?: true;
  /** Where a form on this page may lead besides this server: the redirect URI of a client. */
  readonly formTarget?: string | undefined;
  readonly footer?: Html | undefined;
}

/** Sends a page. It loads nothing, runs nothing and cannot be framed. */
export function sendPage(ctx: Context, page: Page): void {
  ctx.status = page.status ?? 200;
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.set('X-Content-Type-Options', 'nosniff');
  ctx.set('Referrer-Policy', 'no-referrer');
  ctx.set('Content-Security-Policy', contentSecurityPolicy(page.formTarget));
  ctx.body = layout(page);
}

function contentSecurityPolicy(formTarget: string | undefined): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    'img-src data:',
    `form-action 'self'${formTarget === undefined ? '' : ` ${sourceOf(formTarget)}`}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** A redirect URI as CSP names sources: its origin, or its scheme if it is not of the web. */
function sourceOf(uri: string): string {
  if (!URL.canParse(uri)) return '';
  const { origin, protocol } = new URL(uri);
  return origin === 'null' ? protocol : origin;
}

function layout({ title, content, wide, footer }: Page): string {
  const usualFooter = html`For development and tests only.`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - jeton-iam</title>
<link rel="icon" href="data:,">
<style>${stylesheet}</style>
</head>
<body class="${wide === true ? 'wide' : ''}">
<header><a href="/">jeton-iam</a> <small>development IAM</small></header>
<main>${content}</main>
<footer>${footer ?? usualFooter}</footer>
</body>
</html>
`.text;
}
