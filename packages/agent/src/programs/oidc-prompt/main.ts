#!/usr/bin/env node
import { readArguments } from '../../command-line/options.ts';
import { openBrowser } from '../../terminal/desktop/browser.ts';
import { Interruption } from '../../terminal/interruption.ts';
import { print } from '../../terminal/output.ts';
import { ProgramError, runProgram } from '../../terminal/run.ts';
import { program } from './command-line.ts';
import { askFirst, promptersFor } from './prompters.ts';
import { type Question, readQuestion } from './question.ts';

async function main(): Promise<number> {
  const { positionals } = readArguments(program);
  const question = readQuestion(positionals);
  const answer = await answerInTime(question);
  if (answer === undefined) return 1;
  if (question.kind !== 'link') print(answer);
  else if (answer === 'open' && !(await openBrowser(question.address))) {
    throw new ProgramError('could not open a browser', [`open it yourself: ${question.address}`]);
  }
  return 0;
}

/** The answer; undefined when the user cancelled. */
async function answerInTime(question: Question): Promise<string | undefined> {
  const interruption = new Interruption('Interrupted.');
  const deadline = question.timeout > 0 ? AbortSignal.timeout(question.timeout * 1000) : undefined;
  const signals = [interruption.signal, ...(deadline === undefined ? [] : [deadline])];
  try {
    return await askFirst(promptersFor(process.env, process.platform), question, AbortSignal.any(signals));
  } catch (error) {
    if (deadline?.aborted) throw new ProgramError(`no answer within ${question.timeout} seconds`);
    throw interruption.signal.aborted ? interruption.signal.reason : error;
  }
}

void runProgram(main);
