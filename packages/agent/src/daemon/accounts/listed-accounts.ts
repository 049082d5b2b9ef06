/**
 * Lists the accounts of each issuer in issuer.config. The agent lists each account that it holds, because oidc-gen of the
 * C suite leaves that to the agent since 5.3, and because an account that was copied from elsewhere is in no list.
 *
 * Makes the changes in the background, one after another, so that no answer waits for a hanging disk, which takes one
 * thread. Skips a change that fails, because clients also find an account by its name.
 */

import type { Account } from '../../accounts/account.ts';
import { findAgentDirectory } from '../../accounts/directory.ts';
import { systemClock, within } from '../../concurrency/clock.ts';
import { findIssuer, forgetAccount, rememberAccount } from '../../config/issuers/issuers.ts';
import { exists } from '../../files/lock/lock-file.ts';
import { issuers, pathOf } from '../configuration.ts';

type Listed = Pick<Account, 'name' | 'issuer_url'>;

/** Seconds that an ending agent waits for the disk. */
const WRITE_DEADLINE_SECONDS = 1;

/** Seconds between checks for the file of a new account. */
const CHECK_DELAYS_SECONDS = [0.5, 1, 5, 20, 60, 300];

/** Functions that stop the search for the file of a new account, by account. */
const searches = new Map<string, () => void>();
const changes = new Map<string, () => Promise<void>>();
let work: Promise<void> | undefined;

/** Lists an account if it has a file: one in memory only ends with the agent. */
export function list(account: Listed): void {
  change(account.name, async () => {
    if (await exists(await pathOf(account.name))) await remember(account);
  });
}

/**
 * Lists an account in issuer.config. The client writes the account's file after the agent has answered: once the user
 * has entered a password, or never (`oidc-gen --no-save`). So the agent looks for the file a few times, and otherwise
 * lists the account when a client loads it again.
 */
export function listNew(account: Listed, [wait, ...later]: readonly number[] = CHECK_DELAYS_SECONDS): void {
  stopSearch(account);
  if (wait === undefined) return;
  const search = () =>
    change(account.name, async () => {
      if (await exists(await pathOf(account.name))) await remember(account);
      else listNew(account, later);
    });
  searches.set(account.name, systemClock.after(wait, search));
}

function stopSearch({ name }: Listed): void {
  searches.get(name)?.();
  searches.delete(name);
}

/** Removes a deleted account from the list. */
export function unlist(account: Listed): void {
  stopSearch(account);
  change(account.name, async () => {
    const directory = await findAgentDirectory(process.env);
    if (directory !== undefined) await forgetAccount(directory, account.issuer_url, account.name);
  });
}

/** Whether changes are being written, or files of new accounts are looked for. */
export function areListsBusy(): boolean {
  return work !== undefined || searches.size > 0;
}

/** Resolves when all changes are written, or after `WRITE_DEADLINE_SECONDS`. */
export async function listsWritten(): Promise<void> {
  if (work !== undefined) await within(WRITE_DEADLINE_SECONDS, work, systemClock);
}

async function remember({ name, issuer_url: issuer }: Listed): Promise<void> {
  const directory = await findAgentDirectory(process.env);
  const isListed = findIssuer(await issuers(), issuer)?.accounts?.includes(name);
  if (directory !== undefined && !isListed) await rememberAccount(directory, issuer, name);
}

/** Plans a change, which replaces an earlier one for the same account. */
function change(name: string, make: () => Promise<void>): void {
  changes.delete(name);
  changes.set(name, make);
  work ??= makeChanges();
}

async function makeChanges(): Promise<void> {
  for (const [name, make] of changes) {
    changes.delete(name);
    await make().catch(() => undefined);
  }
  work = undefined;
}
