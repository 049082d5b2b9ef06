/** The page that the user sees in the browser after a login. It loads nothing, runs nothing and cannot be framed. */
import { createHash } from 'node:crypto';

const style = `:root{color-scheme:light dark;--ink:#1c2430;--paper:#f3f5f8;--card:#fff;--line:#d5dbe3;--bad:#a3201a}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf2;--paper:#12161c;--card:#1c222b;--line:#36404d;--bad:#ff9d96}}
body{margin:0;background:var(--paper);color:var(--ink);font:17px/1.55 system-ui,sans-serif;overflow-wrap:break-word}
main{max-width:30rem;margin:2rem auto;padding:1.5rem;background:var(--card);border:1px solid var(--line);border-radius:14px}
h1{font-size:1.45rem;margin:0 0 .75rem}p{margin:0}.error{color:var(--bad)}`;

export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'`,
  connection: 'close',
};

/** A page with a heading and one sentence, both plain text. */
export function page(heading: string, sentence: string, isError = false): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(heading)} - oidc-gen</title>
<style>${style}</style>
</head>
<body>
<main><h1>${escaped(heading)}</h1><p${isError ? ' class="error" role="alert"' : ''}>${escaped(sentence)}</p></main>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
