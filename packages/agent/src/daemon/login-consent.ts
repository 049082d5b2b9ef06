/**
 * What the owner of confirmed accounts (`--confirm`) has to agree to in a login that a client leaves to the agent: that it begins,
 * where it takes the place of an account that is held, and that the client gets what it has brought.
 */
import type { Account } from '../vault/account.ts';
import type { Accounts } from './accounts.ts';
import type { Visitor } from './connection.ts';
import { ownerDoor } from './door.ts';
import type { Outcome, Wanted } from './logins.ts';
import type { Person } from './person.ts';

/** A browser that comes back: it waits as long as the person takes. */
const browser: Visitor = { gone: new AbortController().signal, door: ownerDoor };

export class LoginConsent {
  readonly #accounts: Accounts;
  readonly #person: Person;
  readonly #isAlwaysAsked: boolean;

  /** @param isAlwaysAsked whether all accounts are confirmed */
  constructor(accounts: Accounts, person: Person, isAlwaysAsked: boolean) {
    this.#accounts = accounts;
    this.#person = person;
    this.#isAlwaysAsked = isAlwaysAsked;
  }

  /**
   * Asks before a login for an account that is held begins.
   *
   * @returns whether that had to be asked
   * @throws RequestFailure `operation forbidden`
   */
  async toBegin(account: Account, client: Visitor): Promise<boolean> {
    const held = this.#accounts.get(account.name);
    if (!held?.confirm) return false;
    const { visitor } = client.door;
    const wish = `${visitor} wants a new login at ${account.issuer_url} in the place of`;
    const text = `${wish} ${described(held.grant.account)}. It gets the refresh token and all that is in the file.`;
    await this.#person.allow(text, client);
    return true;
  }

  /**
   * Asks before a login takes the place of an account that was loaded since it had begun.
   * @throws RequestFailure `operation forbidden`
   */
  async toReplace({ account, confirm }: Wanted): Promise<void> {
    if (!confirm) await this.toBegin(account, browser);
  }

  /**
   * Asks before a client gets what a login has brought. The agent holds that by then: it is not lost by a no.
   * @throws RequestFailure `operation forbidden`
   */
  async toReveal(
    { wanted: { account, confirm, onlyToken } }: Pick<Outcome, 'wanted'>,
    client: Visitor,
  ): Promise<void> {
    if (!confirm && !this.#accounts.get(account.name)?.confirm && !this.#isAlwaysAsked) return;
    const what = onlyToken ? 'an access token' : 'the refresh token and all that is in the file';
    await this.#person.allow(`${client.door.visitor} asks for ${what} of ${described(account)}.`, client);
  }
}

const described = ({ name, issuer_url: issuer }: Account) => `the account '${name}' (${issuer})`;
