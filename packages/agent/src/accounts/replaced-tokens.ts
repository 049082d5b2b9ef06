/**
 * Keeps hashes of an account's old refresh tokens in the account, as a refresh token itself does not show its age. So the agent
 * recognises a file from a backup, and does not use a refresh token that the issuer has replaced (docs/account-file.md, "Old copies").
 */
import { createHash } from 'node:crypto';
import type { Secret } from '../secret.ts';
import type { Account } from './account.ts';

/**
 * The number of hashes that an account keeps: 16 kB of the file. With a refresh every five minutes they are those of three days, so
 * that the agent also recognises the backup of the night before.
 */
const MAX_HASHES = 1000;
/** Bytes of a hash: enough to distinguish the refresh tokens of an account, too few to guess one. */
const HASH_BYTES = 9;

/** The account with a new refresh token. Its former one is old from now on. */
export function withRefreshToken(account: Account, refreshToken: Secret | undefined): Account {
  const changed = { ...account, refresh_token: refreshToken };
  const old = account.refresh_token;
  return old === undefined || old.equals(refreshToken)
    ? changed
    : remembering(changed, [...(account.replaced_refresh_tokens ?? []), fingerprint(old)]);
}

/** Whether a refresh token is an old one of the account. */
export function wasReplaced(account: Account, refreshToken: Secret): boolean {
  return account.replaced_refresh_tokens?.includes(fingerprint(refreshToken)) ?? false;
}

/** The account with the old refresh tokens of another copy of it, among them the one that the copy has now. */
export function withOldTokensOf(copy: Account, account: Account): Account {
  const { refresh_token } = account;
  const { replaced_refresh_tokens: tokens = [] } = withRefreshToken(copy, refresh_token);
  return remembering(account, [...tokens, ...(account.replaced_refresh_tokens ?? [])]);
}

/** The account with the refresh token of a newer copy, and all that this knows to be old; as it is if the copy has another login. */
export function asNewAs(copy: Account | undefined, account: Account): Account {
  const { refresh_token: token } = account;
  if (copy === undefined || token === undefined) return account;
  const { refresh_token, replaced_refresh_tokens } = copy;
  const isSameLogin = token.equals(refresh_token) || wasReplaced(copy, token);
  return isSameLogin ? { ...account, refresh_token, replaced_refresh_tokens } : account;
}

function remembering(account: Account, fingerprints: readonly string[]): Account {
  const newest = [...new Set([...fingerprints].reverse())].slice(0, MAX_HASHES).reverse();
  return newest.length === 0 ? account : { ...account, replaced_refresh_tokens: newest };
}

const fingerprint = (token: Secret) =>
  createHash('sha256').update(token.reveal()).digest().subarray(0, HASH_BYTES).toString('base64url');
