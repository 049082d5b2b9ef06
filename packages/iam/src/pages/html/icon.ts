import { type Html, html } from './html.ts';

/** A coin, as `jeton` means token: `colour` for its body, `mark` for its rim and letter. */
function coin(colour: string, mark: string): Html {
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="15" fill="${colour}"/><circle cx="16" cy="16" r="11.5" fill="none" stroke="${mark}" stroke-width="1.5" opacity=".55"/><path d="M18.5 9.5v9.2a3.4 3.4 0 0 1-6.4 1.6M14.8 9.5h6" fill="none" stroke="${mark}" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
}

export const logo = coin('var(--accent)', 'var(--on-accent)');

/** The icon in the tab of a browser, which shows it on light and dark. */
export const faviconUrl = `data:image/svg+xml,${encodeURIComponent(coin('#5b50e6', '#fff').text)}`;

/** A sign of success. */
export const check = stroked('M5 13l5 5 9-11');

/** A sign of refusal. */
export const cross = stroked('M6 6l12 12M18 6L6 18');

function stroked(path: string): Html {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
}
