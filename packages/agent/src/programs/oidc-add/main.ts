#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { errorTexts } from '@jeton/protocol';
import { printAccount } from '../../accounts/account.ts';
import { readAccountFile } from '../../accounts/account-file.ts';
import { accountPath, agentDirectory, noDirectory, similarAccount } from '../../accounts/directory.ts';
import { parseAccountFile } from '../../accounts/format/format.ts';
import { type AskOptions, askAgent, traceRequests } from '../../client/ask-agent.ts';
import { namesIssuer } from '../../client/names-issuer.ts';
import { readArguments, UsageError } from '../../command-line/options.ts';
import { defaultAccountFor, knownIssuers, similarIssuer } from '../../config/issuers/issuers.ts';
import { addConfig } from '../../config/settings.ts';
import { inform, print, printJson, warn } from '../../terminal/output.ts';
import { showProgress } from '../../terminal/progress.ts';
import { ProgramError, runProgram } from '../../terminal/run.ts';
import {
  addToAgent,
  printConfiguredAccounts,
  printLoadedAccounts,
  warnOfOpenFolder,
  wouldChange,
} from '../accounts.ts';
import { warnOfInsecureHttp } from '../insecure-http.ts';
import { keepAsChosen, passwordsFor } from '../password-options.ts';
import { type Options, program } from './command-line.ts';
import { keepPassword } from './keep-password.ts';

async function main(): Promise<number> {
  showProgress();
  const { options, positionals } = readArguments(program);
  const [given] = positionals;
  if (options.debug || addConfig().debugLogging) traceRequests((line) => inform(line));
  const agent = { autoStart: true, remote: options.remote };
  if (options.json) await (await import('./list-json.ts')).printListAsJson(options, agent);
  else if (options.list) printConfiguredAccounts();
  else if (options.loaded) await printLoadedAccounts(agent);
  else if (options.lock) await (await import('./agent-lock.ts')).lockAgent(agent);
  else if (options.unlock) await (await import('./agent-lock.ts')).unlockAgent(agent);
  else if (options['remove-all']) await succeed({ request: 'remove_all' }, agent);
  else if (!given) throw new UsageError(program);
  else if (options.print) await printDecrypted(shortName(given, '--print'), options);
  else if (options.remove) await succeed({ request: 'remove', account: shortName(given, '--remove') }, agent);
  else await load(await accountOf(given), options);
  return 0;
}

/** Seconds for which the agent gets the password of a file in the hexadecimal form: it opens the file once. */
const HEX_SECONDS = 60;

async function load(name: string, options: Options): Promise<void> {
  const path = await existingFile(name);
  // Ask the agent first: no user should type a password for an agent that does not run.
  const { info } = await askAgent(
    { request: 'loaded_accounts' },
    { autoStart: true, remote: options.remote },
  );
  const isLoaded = Array.isArray(info) && info.includes(name);
  if (
    isLoaded &&
    !options.force &&
    options['pw-keyring'] === undefined &&
    !(await wouldChange(name, options))
  ) {
    print(`Account '${name}' already loaded`);
    return;
  }
  const config = addConfig();
  const choice = { ...options, 'pw-prompt': options['pw-prompt'] ?? config.pwPrompt };
  const passwords = keepPassword(passwordsFor(name, choice));
  const { account, key, content } = await readAccountFile(path, passwords);
  if (account.name !== name)
    warn(`the file '${name}' holds the account '${account.name}': it is loaded as '${account.name}'`);
  warnOfInsecureHttp(account);
  if (options.verbose) inform(`The agent gets this account:\n${JSON.stringify(account, undefined, 2)}`);
  // The key is for the form that the file gets when it is saved. The agent cannot try it on the hexadecimal form, but the password.
  const isHex = parseAccountFile(content).form === 'hex';
  const remark = await addToAgent(account, isHex ? undefined : key, {
    ...options,
    fileName: name,
    skipCheck: options['skip-check'] || config.skipCheck,
    keptPassword: passwords.kept((options['pw-store'] ?? config.storePw) || (isHex && HEX_SECONDS)),
  });
  if (remark !== undefined) inform(remark);
  const right = passwords.kept(true)?.password;
  if (right !== undefined) await keepAsChosen(name, right, choice);
  print('success');
}

async function printDecrypted(name: string, options: Options): Promise<void> {
  const { account } = await readAccountFile(await existingFile(name), passwordsFor(name, options));
  printJson(printAccount(account));
}

async function succeed(request: { request: string; account?: string }, agent: AskOptions): Promise<void> {
  await askAgent(request, agent);
  print('success');
}

function shortName(given: string, option: string): string {
  if (!namesIssuer(given)) return given;
  throw new ProgramError(`Cannot use '${option}' with an issuer url instead of a shortname.`, [
    'name the account; list your accounts: oidc-add -l',
  ]);
}

/** A short name as it is; an issuer's default account. */
async function accountOf(given: string): Promise<string> {
  if (!namesIssuer(given)) return given;
  const { issuers } = await knownIssuers(agentDirectory(process.env));
  const name = defaultAccountFor(issuers, given);
  if (name !== undefined) return name;
  throw new ProgramError(`Could not determine default account shortname for passed issuer url: '${given}'`, [
    ...similarIssuer(
      given,
      issuers.filter(({ accounts = [] }) => accounts.length > 0),
    ),
    'name the account; list your accounts: oidc-add -l',
  ]);
}

async function existingFile(name: string): Promise<string> {
  const directory = agentDirectory(process.env);
  if (directory === undefined) throw noDirectory();
  const path = accountPath(directory, name);
  warnOfOpenFolder(directory);
  if (existsSync(path)) return path;
  throw new ProgramError(errorTexts.unknownAccount, [
    ...(await similarAccount(path)),
    'list your accounts: oidc-add -l',
  ]);
}

void runProgram(main);
