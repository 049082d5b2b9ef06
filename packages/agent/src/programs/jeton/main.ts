#!/usr/bin/env node
import { parse, UsageError } from '../../command-line/options.ts';
import { didYouMean } from '../../nearest.ts';
import { writeAll } from '../../stdio.ts';
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
    else if (command === undefined) explain(name);
    else await (await command.load()).run(argv);
    return 0;
  } catch (error) {
    throw withAdvice(error);
  }
}

/** At a terminal: shows the user's accounts, or makes the first one. */
async function begin(): Promise<void> {
  const { showAccounts } = await import('./login/overview.ts');
  if (!(await showAccounts())) await (await import('./commands/login.ts')).run([]);
}

/** Prints the help or the version; anything else is no command. */
function explain(word: string): void {
  if (word !== '' && !word.startsWith('-')) {
    throw new UsageError(program, `unknown command '${word}'`, didYouMean(word, Object.keys(commands)));
  }
  const text = parse(program, word === '' ? [] : [word]);
  if (typeof text !== 'string') throw new UsageError(program);
  writeAll(1, text);
  if (['--help', '-?', '-h'].includes(word)) writeAll(1, overview());
}

function overview(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(20)} ${summary}`);
  return `\n Commands:\n${lines.join('\n')}\n\n'jeton COMMAND --help' lists the options of a command.\n`;
}

void runProgram(main);
