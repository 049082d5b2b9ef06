/** Finds the account for a request: by its name or by its issuer. */
import { errorTexts } from '@jeton/protocol';
import { defaultAccountFor, similarIssuer } from '../../../config/issuers/issuers.ts';
import { isMeant } from '../../../oauth/issuer/issuer-url.ts';
import { issuers, issuersSoon } from '../../configuration.ts';
import { RequestFailure } from '../../failure.ts';
import type { Accounts } from '../accounts.ts';
import type { LoadedAccount, LoadOptions } from '../loaded-account.ts';
import { Autoload, type AutoloadSettings, type Requester } from './autoload.ts';

export class AccountLookup {
  readonly #accounts: Accounts;
  readonly #autoload: Autoload;

  /** @param settings the options for accounts that the agent loads on a request for a token */
  constructor(accounts: Accounts, settings: AutoloadSettings & LoadOptions) {
    this.#accounts = accounts;
    this.#autoload = new Autoload(settings, (account, access) =>
      accounts.addFromFile(account, access, settings),
    );
  }

  /**
   * Returns the account of a name. Loads it from its file if the agent can get the password.
   * @throws RequestFailure if the account does not exist, or if the user has to load it
   */
  async byName(name: string, requester: Requester): Promise<LoadedAccount> {
    const loaded = this.#accounts.get(name) ?? this.#accounts.fromFile(name);
    return loaded ?? (await this.#autoload.load(name, requester));
  }

  /**
   * Returns an account of an issuer: its default account, else the one that was loaded last.
   * @throws RequestFailure as `byName`
   */
  async byIssuer(issuer: string, requester: Requester): Promise<LoadedAccount> {
    const loaded = this.#accounts.loaded.filter(({ grant }) => isMeant(grant.account.issuer_url, issuer));
    const [only, another] = loaded;
    // A single loaded account is found without the disk.
    if (only !== undefined && another === undefined) return only;
    const fallback = defaultAccountFor(await (only === undefined ? issuers() : issuersSoon()), issuer);
    const chosen = loaded.find(({ grant }) => grant.account.name === fallback) ?? loaded.at(-1);
    if (chosen !== undefined) return chosen;
    if (fallback !== undefined) return await this.byName(fallback, requester);
    const withAccount = (await issuersSoon()).filter(({ accounts = [] }) => accounts.length > 0);
    throw new RequestFailure(errorTexts.accountNotLoaded, [
      ...(requester.client.door.loadsAccounts ? similarIssuer(issuer, withAccount) : []),
      `no account for ${issuer} is known; load one by its name: oidc-add NAME`,
    ]);
  }
}
