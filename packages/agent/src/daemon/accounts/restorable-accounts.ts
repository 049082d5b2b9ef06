/** Accounts of another process, or of an agent that was locked, as the agent can hold them again. */
import type { Account } from '../../accounts/account.ts';
import type { FileAccess } from '../../accounts/shared/shared-account-file.ts';
import { secondsUntil, systemClock } from '../../concurrency/clock.ts';
import { type CacheableToken, cacheKey } from '../grant/cache/token-cache.ts';
import type { Grant } from '../grant/grant.ts';
import type { LoadOptions } from './loaded-account.ts';
import { deserializeAccounts } from './serialized-account.ts';

export interface RestorableAccount {
  readonly account: Account;
  readonly options: LoadOptions;
  readonly access: FileAccess;
  readonly earlier: Grant['remains'];
  /** Milliseconds since the epoch. */
  readonly loadedAt: number;
}

/**
 * The accounts of a text from `serializeAccounts`, except those that have expired since.
 * @param used the tokens that clients got meanwhile: the name of the account, a line end, the key of the cache
 */
export function restorableAccounts(text: string, used: ReadonlySet<string>): RestorableAccount[] {
  return deserializeAccounts(text).flatMap(
    ({ account, access, ends, loadedAt, alwaysAllowIdToken, confirm, ...remains }) => {
      const lifetime = ends === undefined ? 0 : secondsUntil(ends, systemClock);
      if (ends !== undefined && lifetime <= 0) return [];
      const isUsed = ({ parameters }: CacheableToken) => used.has(`${account.name}\n${cacheKey(parameters)}`);
      const tokens = remains.tokens.map((token) => (isUsed(token) ? wanted(token) : token));
      const options = { lifetime, alwaysAllowIdToken, confirm };
      return [{ account, options, access, earlier: { ...remains, tokens }, loadedAt }];
    },
  );
}

/** The token is renewed before it ends, because a client uses it. */
function wanted(token: CacheableToken): CacheableToken {
  return token.renewal === undefined ? token : { ...token, renewal: { ...token.renewal, wanted: true } };
}
