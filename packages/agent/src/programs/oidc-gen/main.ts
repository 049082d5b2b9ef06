#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { readArguments, UsageError } from '@jeton/client/options';
import { print } from '../../terminal/output.ts';
import { ProgramError, runProgram } from '../../terminal/run.ts';
import { accountFilePath, accountPath, agentDirectory, noDirectory } from '../../vault/directory.ts';
import { decryptAccountFile } from '../../vault/store.ts';
import { printConfiguredAccounts } from '../accounts.ts';
import { passwordsFor } from '../password-options.ts';
import { type Options, program } from './command-line.ts';
import { mayAsk } from './consent.ts';

async function main(): Promise<number> {
  const { options, positionals } = readArguments(program);
  const [name] = positionals;
  if (options.accounts) printConfiguredAccounts();
  else if (options.print !== undefined) await printDecrypted(options.print, options);
  else if (options.delete) await remove(name, options);
  else if (options.reauthenticate) await reauthenticate(name, options);
  else await (await import('./generate.ts')).generate(name, options);
  return 0;
}

async function printDecrypted(nameOrPath: string, options: Options): Promise<void> {
  const path = accountFilePath(agentDirectory(process.env), nameOrPath, process.env);
  const { text } = await decryptAccountFile(path, passwordsFor(nameOrPath, options, mayAsk(options)));
  print(text);
}

async function remove(name: string | undefined, options: Options): Promise<void> {
  const { directory, path, account } = existing(name, 'No account with that shortname configured');
  const { deleteAccount } = await import('./delete.ts');
  await deleteAccount(account, path, directory, options);
}

async function reauthenticate(name: string | undefined, options: Options): Promise<void> {
  const { path, account } = existing(name, 'No account configuration found with that shortname');
  await (await import('./reauthenticate.ts')).reauthenticate(account, path, options);
}

function existing(name: string | undefined, otherwise: string) {
  if (!name) throw new UsageError(program);
  const directory = agentDirectory(process.env);
  if (directory === undefined) throw noDirectory();
  const path = accountPath(directory, name);
  if (!existsSync(path)) throw new ProgramError(otherwise, ['see which there are: oidc-gen -l']);
  return { directory, path, account: name };
}

void runProgram(main);
