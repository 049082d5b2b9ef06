/** Finds `--console` on a command line of oidc-agent. */
import { AGENT_OPTIONS, Argument } from './generated';

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
    if (!word.startsWith('--')) {
      for (let letter = 1; letter < word.length; letter++) {
        const option = AGENT_OPTIONS.LETTER.indexOf(word.charAt(letter));
        if (isConsole(option)) isFound = true;
        if (hasNoArgument(option)) continue;
        // The argument is the rest of the word, or the next one.
        if (takesNext(option) && letter === word.length - 1) index++;
        break;
      }
    } else {
      const option = AGENT_OPTIONS.SPELLING.indexOf(word.substring(2));
      if (isConsole(option)) isFound = true;
      if (takesNext(option)) index++;
    }
  }
  return isFound;
}

/** @param option its place in the table, or -1 */
function isConsole(option: i32): bool {
  return option >= 0 && AGENT_OPTIONS.NAME[option] === 'console';
}

function hasNoArgument(option: i32): bool {
  return option >= 0 && AGENT_OPTIONS.ARGUMENT[option] === Argument.NONE;
}

function takesNext(option: i32): bool {
  return option >= 0 && AGENT_OPTIONS.ARGUMENT[option] === Argument.REQUIRED;
}
