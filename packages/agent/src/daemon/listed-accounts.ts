/**
 * The accounts of each issuer in issuer.config. Since 5.3 oidc-gen of the C suite leaves them to the agent, and an account that was
 * copied from elsewhere is in no list either: the agent lists what it gets to hold.
 *
 * All of it happens in the background, one change after another: no answer waits for a disk that hangs, and however many
 * accounts are loaded meanwhile, one thread hangs with it. A change that fails is left out: the account has its name all the same.
 */
import { findIssuer, forgetAccount, rememberAccount } from '../config/issuers.ts';
import type { Account } from '../vault/account.ts';
import { findAgentDirectory } from '../vault/directory.ts';
import { exists } from '../vault/lock-file.ts';
import { systemClocks, within } from './clocks.ts';
import { issuers, pathOf } from './configuration.ts';

type Listed = Pick<Account, 'name' | 'issuer_url'>;

/** Seconds for which an agent that ends waits for the disk. */
const patience = 1;

const changes = new Map<string, () => Promise<void>>();
let work: Promise<void> | undefined;

/** Lists an account, if it has a file: one that is in memory only is not for the next agent. */
export function list(account: Listed): void {
  change(account.name, async () => {
    if (await exists(await pathOf(account.name))) await remember(account);
  });
}

/** Lists an account whose file the client is about to write. */
export function listNew(account: Listed): void {
  change(account.name, () => remember(account));
}

/** Takes an account off the list that was deleted. */
export function unlist({ name, issuer_url: issuer }: Listed): void {
  change(name, async () => {
    const directory = await findAgentDirectory(process.env);
    if (directory !== undefined) await forgetAccount(directory, issuer, name);
  });
}

/** When all is written, or could not be soon. */
export async function listsWritten(): Promise<void> {
  if (work !== undefined) await within(patience, work, systemClocks);
}

async function remember({ name, issuer_url: issuer }: Listed): Promise<void> {
  const directory = await findAgentDirectory(process.env);
  const isListed = findIssuer(await issuers(), issuer)?.accounts?.includes(name);
  if (directory !== undefined && !isListed) await rememberAccount(directory, issuer, name);
}

/** The last wish for an account counts. */
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
