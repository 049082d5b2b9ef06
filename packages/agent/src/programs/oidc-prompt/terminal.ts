/** The controlling terminal of the program, even if its input and output are redirected. */
import { openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { ask, askSecret, confirm, type Terminal } from '../../terminal/prompt.ts';
import { CannotAsk, type Prompter } from './prompter.ts';
import type { Question } from './question.ts';

export const terminal: Prompter = async (question, signal) => {
  const there = { ...openTerminal(), signal };
  there.output.write(`${question.text}\n`);
  return await answerAt(there, question);
};

function openTerminal(): Terminal {
  if (process.stdin.isTTY && process.stderr.isTTY) return { input: process.stdin, output: process.stderr };
  try {
    return {
      input: new ReadStream(openSync('/dev/tty', 'r')),
      output: new WriteStream(openSync('/dev/tty', 'w')),
    };
  } catch {
    throw new CannotAsk('the terminal: there is none');
  }
}

async function answerAt(there: Terminal, question: Question): Promise<string | undefined> {
  const { label } = question;
  switch (question.kind) {
    case 'password':
      return (await askSecret(label || 'Password', there)).reveal();
    case 'input':
      return await ask(label || 'Answer', question.initial, there);
    case 'confirm':
      return (await confirm(label || 'Accept?', question.suggestion, there)) ? 'yes' : 'no';
    case 'multiple':
      return await askWords(there, label || 'Answer', question.initial);
    case 'select':
      return await askChoice(there, label || 'Number', question.choices);
    case 'link':
      there.output.write(`\n${question.address}\n\n`);
      await ask('Press Enter to go on', '', there);
      return '';
  }
}

/** At a terminal the next line would be the next answer: here, values are words. */
async function askWords(there: Terminal, label: string, initial: string): Promise<string> {
  const answer = await ask(`${label} (separated by spaces)`, initial.split('\n').join(' '), there);
  return answer.split(/ +/).join('\n');
}

async function askChoice(there: Terminal, label: string, choices: readonly string[]): Promise<string> {
  for (const [index, choice] of choices.entries()) there.output.write(`[${index + 1}] ${choice}\n`);
  for (;;) {
    const choice = choices[Number(await ask(label, '1', there)) - 1];
    if (choice !== undefined) return choice;
    there.output.write(`Please answer with a number from 1 to ${choices.length}.\n`);
  }
}
