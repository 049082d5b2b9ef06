/** The request `add`: a client loads an account that it has decrypted (docs/protocol.md, "Requests"). */
import type { Answer, RequestOf } from '@jeton/protocol';
import { parseAccount } from '../../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { ExpectedAccounts } from '../accounts/expected-accounts.ts';
import type { LoadedAccount } from '../accounts/loaded-account.ts';
import { clientRemarks } from '../grant/refresh/refresh-errors.ts';
import type { AgentSettings } from '../settings.ts';
import { changeOptions } from './changed-options.ts';
import { saveRemark } from './token-requests.ts';

/**
 * Loads an account, and gets a token with it unless the client asks for `plain_add`. Of an account that the agent holds
 * already, only changes the options.
 *
 * @param expected the options of accounts that a client has unloaded for a new login: they come back with the account
 * @throws what `Accounts.add` and `Grant.token` throw; an account for which the issuer gives no token is unloaded again
 */
export async function addAccount(
  request: RequestOf<'add'>,
  accounts: Accounts,
  expected: ExpectedAccounts,
  settings: Pick<AgentSettings, 'lifetime' | 'confirm'>,
): Promise<Answer> {
  const account = parseAccount(JSON.stringify(request.config));
  const isHeld = accounts.get(account.name) !== undefined;
  const before = isHeld ? undefined : expected.arrived(account.name);
  const lifetime = request.lifetime ?? before?.lifetime ?? settings.lifetime;
  const { loaded, isNew } = await accounts.add(account, request, {
    lifetime,
    alwaysAllowIdToken:
      request.always_allow_id_token || request.always_allow_id || before?.alwaysAllowIdToken === true,
    confirm: request.confirm || before?.confirm === true || settings.confirm === true,
  });
  if (!isNew) {
    const changes = await changeOptions(loaded, account, request);
    return { status: 'success', info: ['account already loaded.', ...changes].join(' ') };
  }
  if (!request.plain_add) {
    try {
      await loaded.grant.token({}, 0);
    } catch (error) {
      // The account stays if its newest refresh token cannot be saved.
      await accounts.forget(account.name).catch(() => undefined);
      throw error;
    }
  }
  const info = [
    ...(lifetime ? [`Lifetime set to ${lifetime} seconds`] : []),
    ...memoryRemark(loaded),
    ...saveRemark(loaded),
    ...clientRemarks(loaded.grant.account).map((remark) => `warning: ${remark}`),
  ].join('\n');
  return info === '' ? { status: 'success' } : { status: 'success', info };
}

const memoryRemark = ({ grant }: LoadedAccount): string[] =>
  grant.inMemoryOnly
    ? [
        'The account is in memory only: its login ends with the agent, unless another program has its refresh token.',
      ]
    : [];
