/** Whether a URI is http or https. Others must not become a link or an image: `javascript:` acts as the page that shows it. */
export function isWebUri(uri: string): boolean {
  return URL.canParse(uri) && /^https?:$/.test(new URL(uri).protocol);
}
