/** Finds `--console` on a command line, by the options in packages/agent/src/programs/oidc-agent/command-line.ts. */
import { consistsOf } from './text/characters';

/** Options that take the next word as their argument. */
const WITH_ARGUMENT: string[] = ['-a', '-t', '--lifetime', '--pid-file', '--socket-path', '--bind-address'];
/** Options without an argument, several of which may be in one word. */
const WITHOUT_ARGUMENT: string = 'cdgk';

/**
 * Whether the agent is to stay in the foreground. False also for a shortened name: the Node program then stays in the foreground
 * itself.
 */
export function isForForeground(words: string[]): bool {
  let isFound = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    // A command begins.
    if (word === '--' || !word.startsWith('-')) return false;
    if (WITH_ARGUMENT.includes(word)) index++;
    else if (word === '--console') isFound = true;
    else if (consistsOf(word.substring(1), needsNoArgument)) isFound = isFound || word.includes('d');
  }
  return isFound;
}

function needsNoArgument(code: i32): bool {
  return WITHOUT_ARGUMENT.includes(String.fromCharCode(code));
}
