/** Takes accounts with a new login, whose file a client writes afterwards, or never. */
import type { Account } from '../../accounts/account.ts';
import { withOldTokensOf } from '../../accounts/replaced-tokens.ts';
import type { FileAccess } from '../../accounts/shared/shared-account-file.ts';
import { systemClock } from '../../concurrency/clock.ts';
import type { Secret } from '../../secret.ts';
import type { Grant } from '../grant/grant.ts';
import { accountFileOf } from './account-with-file.ts';
import type { Accounts } from './accounts.ts';
import { listNew } from './listed-accounts.ts';
import type { LoadOptions } from './loaded-account.ts';

/**
 * Seconds from a new login, then from one check to the next, after which the agent checks the account file. A client that
 * writes the file late may write a refresh token that a refresh has already spent.
 */
const CHECK_DELAYS_SECONDS = [1, 5, 20, 60, 300];

export class NewLogins {
  readonly #accounts: Accounts;
  /** How many accounts are still to be looked at. */
  #toMend = 0;

  constructor(accounts: Accounts) {
    this.#accounts = accounts;
  }

  /**
   * Holds an account with a new login in the place of the former one, and saves it: the client that writes the whole
   * file afterwards may find the disk full. The agent does not mistake what this client writes for a change by another
   * program.
   *
   * @param former the account as it was when the login began, and how the agent opened its file then
   */
  async renew(account: Account, options: LoadOptions, access: FileAccess, former: Account): Promise<void> {
    const accounts = this.#accounts;
    const { name } = account;
    await accounts.replace(name, async () => {
      // A client may have unloaded it since.
      if (accounts.get(name) === undefined) accounts.hold(former, options, access);
      const held = accounts.withFile(name);
      await accounts.remove(name);
      // During the login, which takes minutes, another program may have written the file. That account is older than
      // the login.
      const { account: before = former, remains } = held?.loaded.grant ?? {};
      const renewed = withOldTokensOf(before, account);
      const earlier = newLogin(remains?.origin?.spent ?? before.refresh_token);
      await accounts.hold(renewed, options, held?.accountFile.access ?? access, earlier).grant.save();
      accounts.withFile(name)?.accountFile.expectChange();
      this.#mendLater(name);
    });
  }

  /**
   * Holds an account with a new login. The client that asked for the login writes the account's file afterwards. If it
   * does not, the agent does so with the next token, and when it ends.
   */
  async supersede(account: Account, options: LoadOptions, access: FileAccess): Promise<void> {
    const accounts = this.#accounts;
    const { name } = account;
    await accounts.replace(name, async () => {
      const held = accounts.withFile(name);
      await accounts.remove(name);
      const { account: before, remains } = held?.loaded.grant ?? {};
      const { key, file } = held?.accountFile.access ?? {};
      const accountFile = accountFileOf(name, { file, ...access, key: access.key ?? key });
      const onDisk = await accountFile.supersede();
      const onceHeld = accountFile.hasFile ? before?.refresh_token : undefined;
      const spent = remains?.origin?.spent ?? onDisk?.refresh_token ?? onceHeld;
      const renewed = [before, onDisk].reduce<Account>(
        (renewed, copy) => (copy === undefined ? renewed : withOldTokensOf(copy, renewed)),
        account,
      );
      accounts.holdWithFile(renewed, options, accountFile, newLogin(spent));
      listNew(account);
      this.#mendLater(name);
    });
  }

  /** Whether files are still to be looked at. */
  get areOpen(): boolean {
    return this.#toMend > 0;
  }

  #mendLater(name: string, [next, ...later] = CHECK_DELAYS_SECONDS, loaded = this.#accounts.get(name)): void {
    if (next === undefined || loaded === undefined) return;
    this.#toMend += 1;
    systemClock.after(next, async () => {
      this.#toMend -= 1;
      if (this.#accounts.get(name) !== loaded) return;
      await loaded.grant.mend();
      this.#mendLater(name, later, loaded);
    });
  }
}

/** @param spent the refresh token on disk, which the new login replaces */
function newLogin(spent: Secret | undefined): Grant['remains'] {
  return { origin: spent && { spent, isNewLogin: true }, tokens: [] };
}
