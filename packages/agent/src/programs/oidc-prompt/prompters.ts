import { ProgramError } from '../../terminal/run.ts';
import { kdialog } from './kdialog.ts';
import { osascript } from './osascript.ts';
import { pinentry } from './pinentry.ts';
import { CannotAsk, type Prompter } from './prompter.ts';
import type { Question } from './question.ts';
import { terminal } from './terminal.ts';
import { zenity } from './zenity.ts';

/** The prompters to try, the best first: a window in the style of the desktop, another window, pinentry, the terminal. */
export function promptersFor(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly Prompter[] {
  return [...windows(env, platform), pinentry, terminal];
}

function windows(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly Prompter[] {
  // The window would open on the screen of this computer, which a user who logged in through SSH does not see.
  if (platform === 'darwin') return env.SSH_CONNECTION ? [] : [osascript];
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return [];
  return /kde/i.test(env.XDG_CURRENT_DESKTOP ?? '') ? [kdialog, zenity] : [zenity, kdialog];
}

/**
 * Asks by the first prompter that reaches the user.
 *
 * Resolves with the answer, or undefined if the user cancelled.
 *
 * @throws ProgramError if no prompter reaches the user; any error once the signal is aborted
 */
export async function askFirst(
  prompters: readonly Prompter[],
  question: Question,
  signal: AbortSignal,
): Promise<string | undefined> {
  const reasons: string[] = [];
  for (const prompter of prompters) {
    try {
      return await askWith(prompter, question, signal);
    } catch (error) {
      if (!(error instanceof CannotAsk) || signal.aborted) throw error;
      reasons.push(error.message);
    }
  }
  throw new ProgramError('there is no way to ask you: neither a window nor a terminal', [
    ...reasons,
    'install zenity or kdialog (a desktop), or pinentry; or run the program in a terminal',
  ]);
}

const OTHER_ANSWER = 'Something else';

/** None of the programs can choose from a list and take another answer at once: these are two questions. */
async function askWith(
  prompter: Prompter,
  question: Question,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (question.kind !== 'select' || !question.orOther) return await prompter(question, signal);
  const answer = await prompter({ ...question, choices: [...question.choices, OTHER_ANSWER] }, signal);
  return answer === OTHER_ANSWER
    ? await prompter({ ...question, kind: 'input', initial: '' }, signal)
    : answer;
}
