/**
 * oidc-agent, as far as every new shell calls it: `eval $(oidc-agent)` gets the agent that all shells share. With `--console` it
 * becomes the agent. The Node program does everything else, from the start.
 */
import { Conversation } from './agent/conversation';
import { stablePlaces } from './agent/places';
import { mayConfigure } from './config';
import { isForForeground } from './foreground';
import {
  ALREADY_RUNNING,
  ANSWER_SECONDS,
  commands,
  OIDC_AGENT,
  PROCESS_REQUEST,
  quietCommands,
} from './generated';
import { HAND_OVER, LAUNCH } from './host';
import { inform, writeAll, writeProblem } from './output';
import { startAsleep, stayAsleep } from './start';
import { commandLine } from './system';
import { consistsOf, wholeNumber } from './text/characters';
import { Kind, readObject } from './text/json';
import { isPlainInShell } from './text/shell-quote';

/** Runs the program. @returns its exit code, or an instruction for the host */
export function run(): i32 {
  const words = commandLine();
  if (words !== null && isForForeground(words)) return stayAsleep();
  if (words === null || words.length > 1 || (words.length === 1 && words[0] !== '--quiet')) return HAND_OVER;
  // It may name another place, or other settings.
  if (mayConfigure(OIDC_AGENT)) return HAND_OVER;
  const places = stablePlaces();
  const agent = new Conversation(places, i64(ANSWER_SECONDS));
  if (!agent.connect()) {
    const isPlain = places.length > 0 && consistsOf(places.join(''), isPlainInShell);
    const started = isPlain ? startAsleep(places) : 0;
    return started > 0 ? announce(places[0], started.toString(), words.length > 0) : LAUNCH;
  }
  if (agent.hasStandardNumber) return HAND_OVER;
  const process = processOf(agent.exchange(PROCESS_REQUEST));
  if (process === '' || !consistsOf(agent.place, isPlainInShell)) return HAND_OVER;
  if (announce(agent.place, process, words.length > 0) !== 0) return 1;
  return inform(ALREADY_RUNNING) ? 0 : 1;
}

/** Prints what a shell evaluates. @returns an exit code */
function announce(place: string, process: string, isQuiet: bool): i32 {
  const error = writeAll(1, isQuiet ? quietCommands(place, process) : commands(place, process));
  if (error === 0) return 0;
  const problem = writeProblem(error);
  if (problem !== '') inform(`Error: ${problem}`);
  return 1;
}

/** The process id that an agent states; empty if it does not. */
function processOf(answer: string): string {
  const members = readObject(answer);
  if (members === null || !members.has('info')) return '';
  const info = readObject(members.get('info').text);
  if (info === null || !info.has('pid')) return '';
  const pid = info.get('pid');
  return pid.kind === Kind.Number && wholeNumber(pid.text) > 1 ? pid.text : '';
}
