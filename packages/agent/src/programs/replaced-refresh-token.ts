/** A refresh token that was replaced: the old one is dead, and the new one must not be lost, whatever else goes wrong. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IssuerError } from '../oauth/errors.ts';
import { type RefreshedTokens, type RefreshRequest, refreshTokens } from '../oauth/refresh.ts';
import type { Secret } from '../secret.ts';
import { tell, warn } from '../terminal/output.ts';
import { replaceFile } from '../vault/replace-file.ts';

/**
 * As `refreshTokens`. A new refresh token in an answer of which nothing else can be used is saved before the error is thrown.
 *
 * @param save keeps it; by default `saveAside`
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
 * Writes a refresh token into a new file that only its owner reads, and tells the person where that is.
 * @param hint what to do with it, if there is more to say
 */
export async function saveAside(refreshToken: Secret, hint?: string): Promise<void> {
  const path = join(mkdtempSync(join(tmpdir(), 'jeton-')), 'refresh-token');
  await replaceFile(path, refreshToken.reveal());
  warn(`Warning: the issuer replaced the refresh token; the new one is in ${path}`);
  if (hint !== undefined) tell(`hint: ${hint}`);
}
