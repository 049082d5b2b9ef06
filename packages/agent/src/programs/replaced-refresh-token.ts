/** Saves a refresh token with which the issuer has replaced another one: the old one is dead, and the new one must not be lost. */

import { keepAside } from '../accounts/aside.ts';
import { type RefreshedTokens, type RefreshRequest, refreshTokens } from '../oauth/grants/refresh.ts';
import { IssuerError } from '../oauth/http/errors.ts';
import type { Secret } from '../secret.ts';
import { inform, warn } from '../terminal/output.ts';

/**
 * As `refreshTokens`. If nothing else in the answer is usable, it saves the new refresh token before it throws.
 *
 * @param save saves it; by default `saveAside`
 * @throws the errors of `refreshTokens` and of `save`
 */
export async function refreshAndSave(
  request: RefreshRequest,
  save: (refreshToken: Secret) => Promise<void> = (token) => saveAside(token),
): Promise<RefreshedTokens> {
  try {
    return await refreshTokens(request);
  } catch (error) {
    if (error instanceof IssuerError && error.refreshToken !== undefined) await save(error.refreshToken);
    throw error;
  }
}

/**
 * Writes a refresh token into a new file that only its owner can read, and shows the user its path.
 * @param hint a next step for the user
 */
export async function saveAside(refreshToken: Secret, hint?: string): Promise<void> {
  warn(`Warning: ${await keepAside(refreshToken)}`);
  if (hint !== undefined) inform(`hint: ${hint}`);
}
