/** Changes options of an account that the agent holds already, for an `add`: lifetime, confirmation, ID tokens. */
import type { RequestOf } from '@jeton/protocol';
import type { Account } from '../../accounts/account.ts';
import type { LoadedAccount } from '../accounts/loaded-account.ts';

/**
 * Changes the options of a held account as the client asks. Only a client that knows the account's refresh token can have the
 * agent ask its owner less than before: any program could send an account of the same name.
 *
 * @param account the client's copy of the account
 * @returns a sentence for the user about each change
 * @throws FileError `no-answer` if the file server does not answer
 */
export async function changeOptions(
  held: LoadedAccount,
  account: Account,
  { lifetime, confirm, always_allow_id_token, always_allow_id }: RequestOf<'add'>,
): Promise<string[]> {
  const changes: string[] = [];
  if (lifetime !== undefined) held.setLifetime(lifetime);
  if (lifetime) changes.push(`Lifetime set to ${lifetime} seconds.`);
  if (confirm && !held.confirm) {
    held.requireConfirmation();
    changes.push('The agent asks before a program gets a token of it.');
  }
  if ((always_allow_id_token || always_allow_id) && !held.alwaysAllowIdToken) {
    const mayChange = await knowsLogin(held, account);
    if (mayChange) held.allowIdTokens();
    changes.push(
      mayChange
        ? 'The agent gives its ID tokens without asking.'
        : 'The agent gives ID tokens as before, because the loaded account has another refresh token than this one.',
    );
  }
  return changes;
}

async function knowsLogin({ grant }: LoadedAccount, { refresh_token: shown }: Account): Promise<boolean> {
  const isKnown = () =>
    [grant.account.refresh_token, grant.remains.origin?.spent].some((token) => token?.equals(shown) === true);
  if (isKnown()) return true;
  // Another agent may have saved a newer one.
  await grant.takeNewer();
  return isKnown();
}
