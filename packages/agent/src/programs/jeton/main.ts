#!/usr/bin/env node
import { shellQuote } from '@jeton/client/shell-quote';
import { parse, UsageError } from '../../command-line/options.ts';
import { didYouMean } from '../../nearest.ts';
import { writeAll } from '../../stdio.ts';
import { inform } from '../../terminal/output.ts';
import { showProgress } from '../../terminal/progress.ts';
import { runProgram } from '../../terminal/run.ts';
import { withAdvice } from './advice.ts';
import { program } from './command-line.ts';
import { commands } from './commands.ts';

async function main(): Promise<number> {
  showProgress();
  const [name = '', ...argv] = process.argv.slice(2);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const isAlone = process.argv.length === 2 && process.stdin.isTTY && process.stdout.isTTY;
  try {
    if (isAlone) await begin();
    else if (command === undefined) await explain(name);
    else await (await command.load()).run(argv);
    return 0;
  } catch (error) {
    throw withAdvice(error);
  }
}

/** At a terminal: shows the user's accounts, or makes the first one. */
async function begin(): Promise<void> {
  const { showAccounts } = await import('./login/overview.ts');
  if (await showAccounts()) return;
  inform('No account yet. Log in at an issuer (Ctrl-C stops):');
  await (await import('./commands/login.ts')).run([]);
}

/** Prints the help or the version; anything else is no command. */
async function explain(word: string): Promise<void> {
  if (word !== '' && !word.startsWith('-')) {
    throw new UsageError(program, `unknown command '${word}'`, await hintsFor(word));
  }
  if (word === '') throw new UsageError(program, 'no command given; without one, jeton needs a terminal');
  const text = parse(program, [word]);
  if (typeof text !== 'string') throw new UsageError(program);
  writeAll(1, text);
  if (['--help', '-?', '-h'].includes(word)) writeAll(1, overview());
}

/** What a user may have meant by a word that is no command. */
async function hintsFor(word: string): Promise<readonly string[]> {
  if (word === 'logout') return ['log out: oidc-gen -d NAME (deletes the account, here and at the issuer)'];
  const { agentDirectory, listAccountNames } = await import('../../accounts/directory.ts');
  const directory = agentDirectory(process.env);
  if (directory !== undefined && listAccountNames(directory).includes(word))
    return [`'${word}' is an account. Log in again: jeton login ${shellQuote(word)}`];
  return didYouMean(word, Object.keys(commands));
}

function overview(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(20)} ${summary}`);
  return `\nWithout a command, at a terminal: shows your accounts, or logs in if there is none.\n\n Commands:\n${lines.join('\n')}\n\n'jeton COMMAND --help' lists the options of a command.\n`;
}

void runProgram(main);
