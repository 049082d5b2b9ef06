#!/usr/bin/env node
import { type AccessToken, AgentError, getToken } from '@jeton/client';
import { shellQuote } from '@jeton/client/shell-quote';
import { agentDirectory, listAccountNames } from '../../accounts/directory.ts';
import { namesIssuer } from '../../client/names-issuer.ts';
import { readArguments } from '../../command-line/options.ts';
import { Interruption } from '../../terminal/interruption.ts';
import { inform, warn } from '../../terminal/output.ts';
import { ProgramError, runProgram } from '../../terminal/run.ts';
import { loadAccount } from '../load-account.ts';
import { runCommand } from '../run-command.ts';
import { type Agent, findOrStartAgent } from './agent.ts';
import { program } from './command-line.ts';
import { keepRenewed } from './renewal.ts';
import { type TokenFile, takeTokenFile } from './token-file.ts';

type Options = ReturnType<typeof readArguments<typeof program>>['options'];

async function main(): Promise<number> {
  const { options, positionals } = readArguments(program);
  const account = options.oidc || onlyAccount();
  const command = positionals.length > 0 ? positionals : [process.env.SHELL || '/bin/sh'];
  const interruption = new Interruption('Interrupted.');
  try {
    const { file, release } = await takeTokenFile(options.outfile, process.env);
    try {
      const agent = await findOrStartAgent(interruption.signal);
      try {
        return await runBeside(file, command, account, agent, options, interruption.signal);
      } finally {
        agent.end();
      }
    } finally {
      file.remove();
      await release();
    }
  } catch (error) {
    throw interruption.signal.aborted ? interruption.signal.reason : error;
  } finally {
    interruption.dispose();
  }
}

/**
 * Runs the command, and renews the token in its file until the command ends. Heeds the signal until the command has
 * started.
 */
async function runBeside(
  file: TokenFile,
  command: readonly string[],
  account: string,
  agent: Agent,
  { minsecs: minSeconds = 60, env: inEnvironment, verbose }: Options,
  signal: AbortSignal,
): Promise<number> {
  const news = (text: string) => {
    if (verbose) inform(text);
  };
  const store = (token: AccessToken) => {
    file.write(token.token);
    news(`${file.path}: ${validity(token)}`);
  };
  const failed = (error: unknown, expired: boolean) => {
    const why = error instanceof Error ? error.message : String(error);
    if (expired && file.remove())
      warn(`The token in ${file.path} has expired, and could not be renewed: ${why}`);
    else news(`could not renew the token: ${why}`);
  };
  const end = new AbortController();
  const fetch = (seconds: number) => validToken(account, seconds, agent, end.signal);
  const first = await firstToken(account, agent, () => validToken(account, minSeconds, agent, signal));
  store(first);
  signal.throwIfAborted();
  void keepRenewed(first, minSeconds, { fetch, store, failed }, end.signal);
  try {
    return await runCommand(command, environment(file, agent, inEnvironment ? first.token : undefined));
  } finally {
    end.abort();
  }
}

/** The account to use if the command line names none. */
function onlyAccount(): string {
  const directory = agentDirectory(process.env);
  const names = directory === undefined ? [] : listAccountNames(directory);
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  throw new ProgramError(
    name === undefined ? 'No account configurations created yet.' : 'there are several accounts',
    name === undefined
      ? ['create one: oidc-gen NAME']
      : [`name one: oidc-tokensh --oidc ${shellQuote(name)}`],
    3,
  );
}

function validToken(
  account: string,
  seconds: number,
  agent: Agent,
  signal: AbortSignal,
): Promise<AccessToken> {
  return getToken({
    ...(namesIssuer(account) ? { issuer: account } : { account }),
    minValid: seconds,
    applicationHint: program.name,
    socketPath: agent.env.OIDC_SOCK,
    signal,
  });
}

/** The first token, for which the account may have to be loaded. */
async function firstToken(
  account: string,
  agent: Agent,
  fetch: () => Promise<AccessToken>,
): Promise<AccessToken> {
  try {
    return await fetch();
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== 'not-loaded') throw error;
    await loadAccount(account, agent.env);
    return await fetch();
  }
}

function validity({ expiresAt }: AccessToken): string {
  return expiresAt === 0
    ? 'a token'
    : `a token that is valid until ${new Date(expiresAt * 1000).toISOString()}`;
}

/**
 * The environment of the command. Programs prefer a token in BEARER_TOKEN to the file, so an inherited one, which would
 * expire, is removed.
 * @param token for BEARER_TOKEN, if the user wants it
 */
function environment(file: TokenFile, agent: Agent, token: string | undefined): NodeJS.ProcessEnv {
  return { ...process.env, BEARER_TOKEN: token, BEARER_TOKEN_FILE: file.path, ...agent.env };
}

void runProgram(main);
