/**
 * oidc-agent, as far as every new shell calls it: `eval $(oidc-agent)` gets the agent that all shells share. The Node
 * program does everything else, from the start.
 */
import { Conversation } from './agent/conversation';
import { stablePlaces } from './agent/places';
import { mayConfigure } from './config';
import { HAND_OVER, LAUNCH } from './host';
import { inform, writeAll } from './output';
import { commandLine } from './system';
import { consistsOf, isWord, wholeNumber } from './text/characters';
import { Kind, readObject } from './text/json';

/** Seconds for an answer that needs nothing but the agent. */
const PATIENCE: i64 = 5;

/** Runs the program. @returns its exit code, or an instruction for the host */
export function run(): i32 {
  const words = commandLine();
  if (words === null || words.length > 1 || (words.length === 1 && words[0] !== '--quiet')) return HAND_OVER;
  // It may name another place, or other settings.
  if (mayConfigure('oidc-agent')) return HAND_OVER;
  const agent = new Conversation(stablePlaces(), PATIENCE);
  if (!agent.connect()) return LAUNCH;
  if (agent.hasStandardNumber) return HAND_OVER;
  const process = processOf(agent.exchange('{"request":"status_json"}'));
  if (process === '' || !consistsOf(agent.place, needsNoQuotes)) return HAND_OVER;
  const lines = [`OIDC_SOCK=${agent.place}; export OIDC_SOCK;`, `OIDCD_PID=${process}; export OIDCD_PID;`];
  if (words.length === 0) lines.push('echo Agent pid $OIDCD_PID');
  lines.push('');
  if (writeAll(1, lines.join('\n')) !== 0) return 1;
  return inform('oidc-agent was already running; this is the same agent') ? 0 : 1;
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

/** Whether a POSIX shell takes a character literally, without quotes. */
function needsNoQuotes(code: i32): bool {
  return isWord(code) || '@%+=:,./-'.includes(String.fromCharCode(code));
}
