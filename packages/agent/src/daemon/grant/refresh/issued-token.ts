import type { RefreshedTokens } from '../../../oauth/grants/refresh.ts';
import type { IssuedToken, TokenParameters } from '../cache/token-cache.ts';

/**
 * A token from the issuer, with remarks for the client about what differs from its request.
 * @param missingAudience the audiences that were asked for and that the token does not have
 */
export function issuedToken(
  tokens: RefreshedTokens,
  parameters: TokenParameters,
  missingAudience: string[],
): IssuedToken {
  const { accessToken, expiresAt, idToken, narrowed, widened } = tokens;
  const remarks: string[] = [];
  // Warn only clients that asked for scopes by name.
  if (parameters.scope !== undefined && narrowed.length > 0)
    remarks.push(`the issuer left out ${quoted(narrowed)}`);
  if (parameters.scope !== undefined && widened.length > 0) {
    remarks.push(`the issuer gave more than was requested: ${quoted(widened)}`);
  }
  if (missingAudience.length > 0) remarks.push(`the issuer gave no token for ${quoted(missingAudience)}`);
  return { accessToken, expiresAt, idToken, remarks };
}

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(', ');
