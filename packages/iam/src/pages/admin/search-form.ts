import { type Html, html } from '../html/html.ts';

/** A form that opens the page `path` with the query `q`. */
export function searchForm(
  path: string,
  { label, value, button }: { readonly label: string; readonly value: string; readonly button: string },
): Html {
  return html`<form class="search" method="get" action="${path}" role="search">
<label for="q">${label}</label>
<input id="q" name="q" type="search" value="${value}" autocomplete="off" autocapitalize="none" spellcheck="false"><button>${button}</button>
</form>`;
}
