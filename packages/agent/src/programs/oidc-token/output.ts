import type { AccessToken } from '@jeton/client';
import { shellQuote } from '@jeton/client/shell-quote';
import { harmlessJson } from '../../harmless.ts';
import { type Options, USUAL_VARIABLES } from './command-line.ts';

/** An output option: not given, given, or given with the name of a variable. */
type Choice = string | true | undefined;

/**
 * The text for stdout with `--json`: `token`, and for an access token `issuer`, `expires_at` in seconds since 1970, and `scopes`
 * if the token is a JWT that names them. They are not verified: the service that gets the token does that.
 */
export function formatJson({ token, issuer, expiresAt }: Partial<AccessToken> & { token: string }): string {
  const members = { token, issuer, expires_at: expiresAt || undefined, scopes: scopesIn(token) };
  return `${harmlessJson(JSON.stringify(members))}\n`;
}

/** The scopes that a JWT names (RFC 9068 2.2.3; INDIGO IAM and WLCG use the same claim). */
function scopesIn(token: string): string[] | undefined {
  try {
    const [, claims = ''] = token.split('.');
    const content: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString());
    const isNamed = typeof content === 'object' && content !== null && 'scope' in content;
    if (!isNamed || typeof content.scope !== 'string') return undefined;
    return content.scope.split(' ').filter((scope) => scope !== '');
  } catch {
    return undefined;
  }
}

/**
 * The text for stdout. `--all` wins over everything; of `-o -i -e` one alone prints the bare value, while several, or one
 * with the name of a variable, print shell commands.
 */
export function format(token: AccessToken, options: Options): string {
  if (options.json) return formatJson(token);
  const expiresAt = String(token.expiresAt);
  if (options.all) return `${token.token}\n${token.issuer}\n${expiresAt}\n`;
  const values = [
    { choice: options.token, variable: USUAL_VARIABLES.token, value: token.token },
    { choice: options.issuer, variable: USUAL_VARIABLES.issuer, value: token.issuer },
    { choice: options['expires-at'], variable: USUAL_VARIABLES.expiresAt, value: expiresAt },
  ].map((part) => ({ ...part, choice: part.choice ?? (options.env ? true : undefined) }));
  const chosen = values.filter(({ choice }) => choice !== undefined);
  const [only] = chosen;
  if (only === undefined) return formatToken(token.token, options);
  if (chosen.length === 1 && only.choice === true) return `${only.value}\n`;
  return chosen.map(({ choice, variable, value }) => exportCommand(nameOf(choice, variable), value)).join('');
}

function formatToken(token: string, options: Options): string {
  // No line end: the text is for `curl -H "$(...)"`, and for programs that read all of it.
  if (options['auth-header']) return `Authorization: Bearer ${token}`;
  return options.bearer ? `Bearer ${token}\n` : `${token}\n`;
}

function nameOf(choice: Choice, fallback: string): string {
  return typeof choice === 'string' ? choice : fallback;
}

/** Whether the name is one of a shell variable; in any other text a shell could find a command. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** A line that a shell can evaluate, safe for any value. */
function exportCommand(name: string, value: string): string {
  return `${name}=${shellQuote(value)}; export ${name};\n`;
}
