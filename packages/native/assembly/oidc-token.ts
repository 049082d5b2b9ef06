/**
 * oidc-token, as far as scripts call it again and again: one request to an agent that runs here. Everything else is left to
 * the Node program, which then begins from the start; nothing has been asked for by then that an agent would not give twice.
 */

import { readAnswer } from './agent/answer';
import { Conversation } from './agent/conversation';
import { Failure } from './agent/failure';
import { socketPlaces } from './agent/places';
import { isIssuer, requestFor } from './agent/request';
import { configuredLifetime, UNCLEAR } from './config';
import { Code } from './generated';
import { HAND_OVER, isTerminal, timeoutSeconds } from './host';
import { readOptions } from './options';
import { format, inform, writeAll, writeProblem } from './output';
import { commandLine, variable } from './system';

/** Runs the program. @returns its exit code, or HAND_OVER */
export function run(): i32 {
  const words = commandLine();
  if (words === null) return HAND_OVER;
  const options = readOptions(words);
  if (options === null) return HAND_OVER;
  const minValidPeriod = options.time >= 0 ? options.time : configuredLifetime();
  if (minValidPeriod === UNCLEAR) return HAND_OVER;
  const hasTerminal = isTerminal(0) && isTerminal(2);

  const agent = new Conversation(socketPlaces(), timeoutSeconds());
  // The Node program reports the places that it tried, or starts an agent.
  if (!agent.connect() || agent.hasStandardNumber) return HAND_OVER;
  const text = agent.exchange(requestFor(options, minValidPeriod, hasTerminal));
  if (agent.failure !== null) return report(agent.failure as Failure);

  const answer = readAnswer(text, isIssuer(options.name) ? 'NAME' : options.name);
  const failure = answer.failure;
  if (failure !== null) return canBeHelped(failure, hasTerminal) ? HAND_OVER : report(failure);
  const error = writeAll(1, format(answer, options));
  if (error !== 0) return reportUnwritten(writeProblem(error));
  return answer.info === '' || inform(answer.info) ? 0 : 1;
}

/** Whether the Node program can do something about it: ask for the password, or ask an agent elsewhere. */
function canBeHelped(failure: Failure, hasTerminal: bool): bool {
  if (failure.code === Code.NOT_LOADED) return hasTerminal;
  const isUnknownHere = failure.code === Code.UNKNOWN_ACCOUNT || failure.code === Code.UNREACHABLE;
  return isUnknownHere && variable('OIDC_REMOTE_SOCK') !== '';
}

/** Reports a failure. @returns its exit code */
function report(failure: Failure): i32 {
  let isWritten = inform(`Error: ${failure.message}`);
  if (isWritten && failure.info !== '') isWritten = inform(failure.info);
  for (let index = 0; isWritten && index < failure.hints.length; index++) {
    isWritten = inform(`hint: ${failure.hints[index]}`);
  }
  return isWritten ? failure.exitCode : 1;
}

function reportUnwritten(problem: string): i32 {
  if (problem !== '') inform(`Error: ${problem}`);
  return 1;
}
