import { ProgramError } from '../../terminal/run.ts';
import { kdialog } from './kdialog.ts';
import { osascript } from './osascript.ts';
import { pinentry } from './pinentry.ts';
import type { Question } from './question.ts';
import { terminal } from './terminal.ts';
import { CannotAsk, type Way } from './way.ts';
import { zenity } from './zenity.ts';

/** The ways to the user, the best first: a window of the desktop's own kind, another one, pinentry, the terminal. */
export function waysToAsk(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly Way[] {
  return [...windows(env, platform), pinentry, terminal];
}

function windows(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly Way[] {
  // A window would open on the computer's own screen, not on that of a user who logged in from elsewhere.
  if (platform === 'darwin') return env.SSH_CONNECTION ? [] : [osascript];
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return [];
  return /kde/i.test(env.XDG_CURRENT_DESKTOP ?? '') ? [kdialog, zenity] : [zenity, kdialog];
}

/**
 * Asks by the first way that reaches the user.
 *
 * Resolves with the answer, or undefined if the user cancelled.
 *
 * @throws ProgramError if no way works; any error once the signal is aborted
 */
export async function askFirst(
  ways: readonly Way[],
  question: Question,
  signal: AbortSignal,
): Promise<string | undefined> {
  const reasons: string[] = [];
  for (const way of ways) {
    try {
      return await askWith(way, question, signal);
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

const other = 'Something else';

/** None of the programs can choose from a list and take another answer at once: these are two questions. */
async function askWith(way: Way, question: Question, signal: AbortSignal): Promise<string | undefined> {
  if (question.kind !== 'select' || !question.orOther) return await way(question, signal);
  const answer = await way({ ...question, choices: [...question.choices, other] }, signal);
  return answer === other ? await way({ ...question, kind: 'input', initial: '' }, signal) : answer;
}
