#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { shellQuote } from '@jeton/client/shell-quote';
import { decryptAccountFile } from '../../accounts/account-file.ts';
import {
  accountFilePath,
  accountPath,
  agentDirectory,
  noDirectory,
  similarAccount,
} from '../../accounts/directory.ts';
import { readArguments, UsageError } from '../../command-line/options.ts';
import { inform, printJson } from '../../terminal/output.ts';
import { showProgress } from '../../terminal/progress.ts';
import { ProgramError, runProgram } from '../../terminal/run.ts';
import { printConfiguredAccounts, warnOfOpenFolder } from '../accounts.ts';
import { passwordsFor } from '../password-options.ts';
import { type Options, program } from './command-line.ts';
import { withConfig } from './configured.ts';

async function main(): Promise<number> {
  showProgress();
  const { options: given, positionals } = readArguments(program);
  const options = withConfig(given);
  if (options.debug) (await import('../../oauth/http/http.ts')).traceRequests((line) => inform(line));
  const [name] = positionals;
  if (options.accounts) printConfiguredAccounts();
  else if (options.print !== undefined) await printDecrypted(options.print, options);
  else if (options.update !== undefined) await update(options.update, options);
  else if (options.rename !== undefined) await rename(name, options.rename, options);
  else if (options.delete) await remove(name, options);
  else if (options.reauthenticate) await reauthenticate(name, options);
  else if (options.codeExchange !== undefined)
    await (await codeExchange()).finishWithAddress(options.codeExchange, options);
  else if (options.state !== undefined) await (await codeExchange()).finishWithState(options.state, options);
  else await (await import('./commands/generate.ts')).generate(name, options);
  return 0;
}

const codeExchange = () => import('./commands/code-exchange.ts');

async function printDecrypted(nameOrPath: string, options: Options): Promise<void> {
  const path = accountFilePath(agentDirectory(process.env), nameOrPath, process.env);
  const { text } = await decryptAccountFile(path, passwordsFor(nameOrPath, options));
  printJson(text);
}

async function update(file: string, options: Options): Promise<void> {
  if (options['no-save']) throw notWithNoSave('Update');
  await (await import('./commands/update.ts')).updateFile(file, options);
}

async function rename(name: string | undefined, newName: string, options: Options): Promise<void> {
  if (options['no-save']) throw notWithNoSave('Rename');
  if (!name) {
    throw new ProgramError(
      'You have to specify a shortname to rename it',
      [`name the account: oidc-gen --rename=${shellQuote(newName)} NAME`],
      64,
    );
  }
  const { account, directory } = await existing(name, 'No account configuration found with that shortname');
  await (await import('./commands/rename.ts')).renameAccount(account, newName, directory, options);
}

async function remove(name: string | undefined, options: Options): Promise<void> {
  const { directory, path, account } = await existing(name, 'No account with that shortname configured');
  const { deleteAccount } = await import('./commands/delete.ts');
  await deleteAccount(account, path, directory, options);
}

async function reauthenticate(name: string | undefined, options: Options): Promise<void> {
  if (!name) {
    throw new ProgramError(
      'You have to specify a shortname to update the refresh token for it',
      ['name the account: oidc-gen --reauthenticate NAME'],
      64,
    );
  }
  const { path, account, directory } = await existing(
    name,
    'No account configuration found with that shortname',
  );
  await (await import('./commands/reauthenticate.ts')).reauthenticate(account, path, directory, options);
}

function notWithNoSave(what: string): ProgramError {
  return new ProgramError(
    `${what} argument cannot be combined with no-save`,
    ['leave out --no-save: this command changes the file'],
    64,
  );
}

async function existing(name: string | undefined, otherwise: string) {
  if (!name) throw new UsageError(program);
  const directory = agentDirectory(process.env);
  if (directory === undefined) throw noDirectory();
  const path = accountPath(directory, name);
  warnOfOpenFolder(directory);
  if (!existsSync(path)) {
    throw new ProgramError(otherwise, [...(await similarAccount(path)), 'list your accounts: oidc-gen -l']);
  }
  return { directory, path, account: name };
}

void runProgram(main);
