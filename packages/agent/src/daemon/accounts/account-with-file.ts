/** Loaded accounts and their files: which file an account has, and when the agent may forget it. */
import { errorTexts } from '@jeton/protocol';
import type { Account } from '../../accounts/account.ts';
import { type FileAccess, SharedAccountFile } from '../../accounts/shared/shared-account-file.ts';
import { exists } from '../../files/lock/lock-file.ts';
import { pathOf } from '../configuration.ts';
import { RequestFailure } from '../failure.ts';
import type { SaveFailure } from '../grant/synced-account.ts';
import type { LoadedAccount } from './loaded-account.ts';

export interface AccountWithFile {
  readonly loaded: LoadedAccount;
  readonly accountFile: SharedAccountFile;
}

/** @param access where the account's file is, and how the agent opens it */
export function accountFileOf(name: string, access: FileAccess): SharedAccountFile {
  return new SharedAccountFile(name, () => pathOf(access.file ?? name), access);
}

/** The name of the file from which an account was loaded, or into which it will be saved. */
export const fileNameOf = ({ loaded, accountFile }: AccountWithFile): string =>
  accountFile.access.file ?? loaded.grant.account.name;

/**
 * Refuses an account from a file of another name if a file of its own name exists, too: one of the two has an old
 * refresh token, or holds another account.
 * @throws RequestFailure
 */
export async function requireOwnFile({ name }: Account, { file = name }: FileAccess): Promise<void> {
  if (file === name) return;
  await pathOf(file);
  if (!(await exists(await pathOf(name)))) return;
  throw new RequestFailure(`The file '${file}' holds the account '${name}', which has a file of its own`, [
    `use that: oidc-add ${name}`,
    `or change the name that is in this file; to see it: oidc-gen -p ${file}`,
  ]);
}

/** Gives the held account if it was loaded from this file. @throws RequestFailure if it was loaded from another */
export function requireSameFile(held: AccountWithFile, { file }: FileAccess): LoadedAccount {
  const { name } = held.loaded.grant.account;
  if (fileNameOf(held) === (file ?? name)) return held.loaded;
  throw new RequestFailure(errorTexts.accountNotLoaded, [
    `the file '${file}' holds the account '${name}', which is loaded from '${fileNameOf(held)}'`,
  ]);
}

/** Saves the newest refresh token of an account. @throws RequestFailure if that is not possible */
export async function requireSaved({ loaded: { grant } }: AccountWithFile): Promise<void> {
  if (grant.saveFailure !== undefined) await grant.save();
  if (grant.saveFailure !== undefined) throw notForgotten(grant.account.name, grant.saveFailure);
}

/** The error for a client that unloads an account whose newest refresh token only the agent has. */
export function notForgotten(name: string, { message, hints }: SaveFailure): RequestFailure {
  return new RequestFailure(`the new refresh token of '${name}' is not on disk yet: ${message}`, [
    ...hints,
    'the agent holds it and tries again by itself; end the agent only if you can do without this login',
  ]);
}
