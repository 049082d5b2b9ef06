/** The copy of a loaded account that is in its file: whether it may be replaced, and by what. */
import type { Secret } from '../../secret.ts';
import type { Account } from '../account.ts';
import { wasReplaced, withOldTokensOf } from '../replaced-tokens.ts';

/** The origin of a refresh token that is not on disk. */
export interface TokenOrigin {
  /** The refresh token on disk, which it replaces. */
  readonly spent: Secret;
  /** It comes from a later login, not from the issuer in exchange for `spent`. */
  readonly isNewLogin?: boolean | undefined;
}

/**
 * Whether the copy in the file stays: it has the account's refresh token, or a newer one of another program.
 * @param origin where the refresh token of the account is from
 */
export function staysInFile(stored: Account, account: Account, { spent, isNewLogin }: TokenOrigin): boolean {
  const { refresh_token: found } = stored;
  if (found === undefined || found.equals(spent) || wasReplaced(account, found)) return false;
  return found.equals(account.refresh_token) || !isNewLogin;
}

/**
 * The account to write in the place of a copy that does not stay.
 * @param origin where the refresh token of the account is from
 */
export function inPlaceOf(stored: Account, account: Account, { spent, isNewLogin }: TokenOrigin): Account {
  // Everything else in the file of the former login is old, too, and so it is in an old copy of the file.
  if (isNewLogin) return withOldTokensOf(stored, account);
  const { refresh_token: found } = stored;
  if (found !== undefined && !found.equals(spent)) return account;
  const { refresh_token, replaced_refresh_tokens } = account;
  return { ...stored, refresh_token, replaced_refresh_tokens };
}
