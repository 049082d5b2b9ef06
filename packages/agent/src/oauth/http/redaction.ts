/** Removes secrets and control characters from an issuer's error texts. */
import { UNPRINTABLE } from '../../harmless.ts';
import type { Secret } from '../../secret.ts';

/** The secrets of a request; undefined for those that it does not have. */
export type Secrets = readonly (Secret | undefined)[];

/** The error codes of OAuth and OpenID Connect, and the codes that issuers use instead: see `kindOf` in refusals.ts and RFC 8628 3.5. */
const CODE =
  /^(invalid|unsupported|unauthorized)_(request|client|grant|scope|token|target|grant_type|response_type|token_type|redirect_uri|client_metadata)$|^(access_denied|authorization_(declined|pending)|slow_down|expired_token|unauthorized|insufficient_scope|server_error|temporarily_unavailable|rate_limit_exceeded|(interaction|login|consent|account_selection)_required)$/;

/** An issuer's text, safe for a terminal and a log: without control characters and secrets, at most 500 characters. */
export function redacted(text: string, secrets: Secrets): string {
  const known = secrets
    .flatMap((secret) => (secret === undefined ? [] : spellings(secret)))
    .filter((value) => value.length >= 4);
  // Never redact an OAuth error code, even if a short secret matches: callers decide by it.
  const isCode = CODE.test(text) && !known.includes(text);
  const withoutSecrets = isCode
    ? text
    : known.reduce((result, value) => result.replaceAll(value, '[secret]'), withoutCredentials(text, known));
  return withoutSecrets.replace(UNPRINTABLE, ' ').trim().slice(0, 500);
}

/** Redacts Base64 that contains a known secret, such as the credentials of a Basic header. */
function withoutCredentials(text: string, known: readonly string[]): string {
  return text.replace(/[\w+/-]{8,}={0,2}/g, (run) => {
    const content = Buffer.from(run, 'base64').toString();
    return known.some((value) => content.includes(value)) ? '[secret]' : run;
  });
}

/**
 * The spellings of a secret in a form, in a URL and in JSON, in which an issuer may repeat a request; and in HTML: Spring, on
 * which INDIGO IAM is built, escapes its error texts.
 */
function spellings(secret: Secret): string[] {
  const value = secret.reveal();
  const form = new URLSearchParams({ '': value }).toString().slice(1);
  const html = value.replace(/[&<>"']/g, (character) => HTML[character] ?? character);
  return [value, form, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), html];
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
