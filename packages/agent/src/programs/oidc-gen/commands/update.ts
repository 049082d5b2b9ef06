import { parseAccount } from '../../../accounts/account.ts';
import {
  decryptAccountContent,
  type GpgKey,
  readAccountContent,
  writeEncrypted,
} from '../../../accounts/account-file.ts';
import { accountFilePath, agentDirectory } from '../../../accounts/directory.ts';
import type { FileKey } from '../../../accounts/format/crypt.ts';
import { parseAccountFile } from '../../../accounts/format/format.ts';
import { parseJsonObject } from '../../../accounts/format/json-object.ts';
import { print } from '../../../terminal/output.ts';
import { addToAgent, unloadFromAgent } from '../../accounts.ts';
import { deriveKey, hasPasswordOption, newFileKey, passwordsFor } from '../../password-options.ts';
import type { Options } from '../command-line.ts';
import { changeUnchanged } from '../unchanged.ts';

/**
 * `oidc-gen -u FILE`: encrypts a file again, in the current format: a file of an old format, plain JSON, or one that
 * gets another password or GPG key. A GPG file stays one, unless an option gives a password.
 * @throws FileError if the file cannot be read, opened or written; ProgramError if another program changes it
 * meanwhile; AgentError
 */
export async function updateFile(nameOrPath: string, options: Options): Promise<void> {
  const path = accountFilePath(agentDirectory(process.env), nameOrPath, process.env);
  const content = await readAccountContent(path);
  const decrypted = await decryptAccountContent(content, passwordsFor(nameOrPath, options));
  parseJsonObject(decrypted.text);
  const key = await newKey(nameOrPath, content, decrypted.key, options);
  const name = nameOrPath.includes('/') ? undefined : nameOrPath;
  // An agent that holds the account would save it with the old key.
  const wasLoaded = name !== undefined && (await unloadFromAgent(name, { comesBack: true })).wasLoaded;
  await changeUnchanged(path, content, async () => {
    await writeEncrypted(path, decrypted.text, key);
  });
  if (wasLoaded) await addToAgent(parseAccount(decrypted.text), key, { ...options, skipCheck: true });
  print('Updated config file format');
}

async function newKey(
  subject: string,
  content: string,
  oldKey: FileKey | undefined,
  options: Options,
): Promise<FileKey | GpgKey | undefined> {
  if (options['pw-gpg'] !== undefined) return { gpgKey: options['pw-gpg'] };
  const { form } = parseAccountFile(content);
  const toKeyring = options['pw-keyring'] !== undefined;
  if (form === 'gpg' && !hasPasswordOption(options) && !toKeyring) return undefined;
  if (form === 'gpg' || form === 'plain' || toKeyring) return await newFileKey(subject, options);
  const password = await passwordsFor(subject, options).forNewEncryption();
  return password === undefined ? oldKey : await deriveKey(subject, password);
}
