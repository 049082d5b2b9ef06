import { existsSync } from 'node:fs';
import { shellQuote } from '@jeton/client/shell-quote';
import { printAccount } from '../../../accounts/account.ts';
import { deleteAccountFile, readAccountFile, writeEncrypted } from '../../../accounts/account-file.ts';
import { accountPath } from '../../../accounts/directory.ts';
import { moveInKeyrings } from '../../../accounts/passwords/keyring.ts';
import { renameAccountOf } from '../../../config/issuers/issuers.ts';
import { requireRemovable } from '../../../files/saving/savable.ts';
import { warn } from '../../../terminal/output.ts';
import { ProgramError } from '../../../terminal/run.ts';
import { addToAgent, unloadFromAgent } from '../../accounts.ts';
import { passwordsFor } from '../../password-options.ts';
import type { Options } from '../command-line.ts';
import { changeUnchanged } from '../unchanged.ts';

/**
 * `oidc-gen --rename NEW OLD`: renames the file, the entry in issuer.config, and the account in the agent.
 * @throws ProgramError or FileError
 */
export async function renameAccount(
  oldName: string,
  newName: string,
  directory: string,
  options: Options,
): Promise<void> {
  const [oldPath, newPath] = [accountPath(directory, oldName), accountPath(directory, newName)];
  if (existsSync(newPath)) {
    throw new ProgramError(`Account configuration '${newName}' already exists`, [
      `choose another name, or delete that account first: oidc-gen -d ${shellQuote(newName)}`,
    ]);
  }
  const passwords = passwordsFor(oldName, options);
  await requireRemovable(oldPath);
  const { account, key, content } = await readAccountFile(oldPath, passwords);
  const agentOptions = { ...options, skipCheck: true };
  const renamed = { ...account, name: newName };
  const { wasLoaded } = await unloadFromAgent(oldName);
  try {
    await changeUnchanged(oldPath, content, async () => {
      await writeEncrypted(newPath, printAccount(renamed), key, content);
      await deleteAccountFile(oldPath);
    });
  } catch (error) {
    // The user needs the first error, not one of loading the account again.
    if (wasLoaded) await addToAgent(account, key, agentOptions).catch(() => undefined);
    throw error;
  }
  await moveInKeyrings(oldPath, newPath);
  await renameAccountOf(directory, oldName, newName).catch((error: Error) =>
    warn(`issuer.config: ${error.message}`),
  );
  if (wasLoaded) await addToAgent(renamed, key, agentOptions);
}
