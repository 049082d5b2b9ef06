/**
 * Asks the owner of confirmed accounts (`--confirm`) about a login that a client leaves to the agent: before it begins, if it
 * replaces an account that the agent holds, and before the client gets its result.
 */
import type { Account } from '../../../accounts/account.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Visitor } from '../../socket/connection.ts';
import { ownerDoor } from '../../socket/door.ts';
import type { UserPrompt } from '../user-prompt.ts';
import type { Outcome, Wanted } from './logins.ts';

/** A browser that comes back from the issuer. It never disconnects. */
const browser: Visitor = { gone: new AbortController().signal, door: ownerDoor };

export class LoginConsent {
  readonly #accounts: Accounts;
  readonly #prompt: UserPrompt;
  readonly #isAlwaysAsked: boolean;

  /** @param isAlwaysAsked whether the agent was started with `--confirm` */
  constructor(accounts: Accounts, prompt: UserPrompt, isAlwaysAsked: boolean) {
    this.#accounts = accounts;
    this.#prompt = prompt;
    this.#isAlwaysAsked = isAlwaysAsked;
  }

  /**
   * Asks before a login begins for an account that the agent holds.
   *
   * @returns whether the owner was asked
   * @throws RequestFailure `operation forbidden`
   */
  async toBegin(account: Account, client: Visitor): Promise<boolean> {
    const held = this.#accounts.get(account.name);
    if (!held?.confirm) return false;
    const { visitor } = client.door;
    const purpose = `${visitor} asks for a new login at ${account.issuer_url} that replaces`;
    const text = `${purpose} ${described(held.grant.account)}. It gets the refresh token and everything else in the account file.`;
    await this.#prompt.allow(text, client);
    return true;
  }

  /**
   * Asks before a login replaces an account that was loaded after the login had begun.
   * @throws RequestFailure `operation forbidden`
   */
  async toReplace({ account, confirm }: Wanted): Promise<void> {
    if (!confirm) await this.toBegin(account, browser);
  }

  /**
   * Asks before a client gets the result of a login. The agent holds the result by then: a no does not lose it.
   * @throws RequestFailure `operation forbidden`
   */
  async toReveal(
    { wanted: { account, confirm, onlyToken } }: Pick<Outcome, 'wanted'>,
    client: Visitor,
  ): Promise<void> {
    if (!confirm && !this.#accounts.get(account.name)?.confirm && !this.#isAlwaysAsked) return;
    const what = onlyToken ? 'an access token' : 'the refresh token and everything else in the account file';
    await this.#prompt.allow(`${client.door.visitor} asks for ${what} of ${described(account)}.`, client);
  }
}

const described = ({ name, issuer_url: issuer }: Account) => `the account '${name}' (${issuer})`;
