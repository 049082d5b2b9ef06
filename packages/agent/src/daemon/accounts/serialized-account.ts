/** Accounts as text: a locked agent keeps it encrypted, and an agent that sleeps keeps it for the next Node program. */

import { type Account, accountFromJson, accountToJson } from '../../accounts/account.ts';
import { FileKey } from '../../accounts/format/crypt.ts';
import type { FileAccess } from '../../accounts/shared/shared-account-file.ts';
import type { TokenOrigin } from '../../accounts/shared/stored-copy.ts';
import type { Deadline } from '../../concurrency/clock.ts';
import { Secret } from '../../secret.ts';
import type { CacheableToken } from '../grant/cache/token-cache.ts';
import type { RefreshOutcome } from '../grant/grant.ts';
import type { AccountWithFile } from './account-with-file.ts';
import { keptTokens } from './kept-tokens.ts';

export interface SerializedAccount {
  readonly account: Account;
  /** The origin of the refresh token, if it is not on disk. */
  readonly origin: TokenOrigin | undefined;
  readonly access: FileAccess;
  /** Milliseconds since the epoch. */
  readonly loadedAt: number;
  readonly ends: Deadline | undefined;
  readonly alwaysAllowIdToken: boolean;
  readonly confirm: boolean;
  readonly tokens: readonly CacheableToken[];
  readonly lastRefresh?: RefreshOutcome | undefined;
  readonly rotates?: boolean | undefined;
}

/** The state of a loaded account that another agent needs. Call this when the account is closed and nothing changes it. */
export function stateOf({ loaded, accountFile }: AccountWithFile): SerializedAccount {
  const { grant, loadedAt, ends, alwaysAllowIdToken, confirm } = loaded;
  return {
    account: grant.account,
    ...grant.remains,
    access: accountFile.access,
    loadedAt,
    ends,
    alwaysAllowIdToken,
    confirm,
  };
}

/** The accounts as JSON, which contains all secrets in clear text. */
export function serializeAccounts(held: readonly SerializedAccount[]): string {
  const accounts = held.map(revealed);
  const size = (token: object) => JSON.stringify(token).length;
  return JSON.stringify(
    accounts.map(({ tokens, ...rest }) => ({ ...rest, tokens: keptTokens(tokens, size, accounts.length) })),
  );
}

/** Reads the text of `serializeAccounts`. */
export function deserializeAccounts(text: string): SerializedAccount[] {
  const printed: ReturnType<typeof revealed>[] = JSON.parse(text);
  return printed.map(({ account, origin, access, tokens, ...rest }) => ({
    ...rest,
    // JSON has no undefined.
    ends: rest.ends,
    account: accountFromJson(account),
    origin: origin && { ...origin, spent: new Secret(origin.spent) },
    access: {
      ...access,
      key: access.key && FileKey.fromText(access.key),
      password: { ...access.password, value: secret(access.password.value) },
    },
    tokens: tokens.map(({ wish: parameters, token, ends, renewal }) => ({
      parameters,
      ends,
      renewal,
      token: {
        ...token,
        expiresAt: token.expiresAt,
        accessToken: new Secret(token.accessToken),
        idToken: secret(token.idToken),
      },
    })),
  }));
}

function revealed({ account, origin, access, tokens, ...rest }: SerializedAccount) {
  const { key, password = {}, ...place } = access;
  return {
    ...rest,
    account: accountToJson(account),
    origin: origin && { ...origin, spent: origin.spent.reveal() },
    access: {
      ...place,
      key: key?.toText(),
      password: { ...password, value: password.value?.reveal() },
    },
    // Agents of other versions know the parameters by this name.
    tokens: tokens.map(({ parameters: wish, token, ends, renewal }) => ({
      wish,
      ends,
      renewal,
      token: { ...token, accessToken: token.accessToken.reveal(), idToken: token.idToken?.reveal() },
    })),
  };
}

const secret = (value: string | undefined) => (value === undefined ? undefined : new Secret(value));
