/**
 * Questions to the user of oidc-gen: at the terminal, through windows (`--prompt=gui`), or none at all
 * (`--prompt=none`, and without a terminal).
 */
import { Secret } from '../../secret.ts';
import { askDialog, type DialogQuestion } from '../../terminal/desktop/dialog.ts';
import { inform } from '../../terminal/output.ts';
import * as terminal from '../../terminal/prompt.ts';
import { Interrupted } from '../../terminal/run.ts';
import { dialogsMissing } from '../password-options.ts';
import type { Options } from './command-line.ts';

/** Whether oidc-gen may ask the user for settings that the command line omits. */
export function mayAsk({ prompt }: Options): boolean {
  return prompt === 'gui' || (prompt !== 'none' && terminal.canAsk());
}

/** Whether the user can type into the terminal while other work goes on. */
export function hasTerminal(options: Options): boolean {
  return options.prompt !== 'gui' && mayAsk(options);
}

/**
 * Asks for a line. An empty answer selects the suggestion.
 * @param note an explanation for the user
 * @throws Interrupted, or ProgramError if no window can be shown
 */
export async function ask(question: string, options: Options, suggestion = '', note = ''): Promise<string> {
  if (options.prompt !== 'gui') {
    if (note !== '') inform(note);
    return await terminal.ask(question, suggestion);
  }
  const text = note === '' ? question : `${note}\n\n${question}`;
  const answer = (await askInWindow({ type: 'input', text, suggestion })).trim();
  return answer === '' ? suggestion : answer;
}

/**
 * Asks for something that must not be shown.
 * @throws as `ask`
 */
export async function askSecret(question: string, options: Options): Promise<Secret> {
  if (options.prompt !== 'gui') return await terminal.askSecret(question);
  return new Secret(await askInWindow({ type: 'password', text: question }));
}

/**
 * Asks for consent. The `--confirm-*` options answer for the user; without a user the default applies.
 * @throws as `ask`
 */
export async function consent(question: string, suggestion: boolean, options: Options): Promise<boolean> {
  if (options['confirm-yes']) return true;
  if (options['confirm-no']) return false;
  if (options['confirm-default'] || !mayAsk(options)) return suggestion;
  if (options.prompt !== 'gui') return await terminal.confirm(question, suggestion);
  const type = suggestion ? 'confirm-default-yes' : 'confirm-default-no';
  return (await askInWindow({ type, text: question })) === 'yes';
}

/**
 * One of several values, or another one. An empty answer is the suggestion.
 * @throws as `ask`
 */
export async function choose(
  question: string,
  choices: readonly string[],
  suggestion: string | undefined,
  options: Options,
): Promise<string> {
  if (options.prompt !== 'gui') return await terminal.ask(question, suggestion);
  // In a window it is the first.
  const ordered = new Set(suggestion === undefined ? choices : [suggestion, ...choices]);
  return await askInWindow({ type: 'select-other', text: question, choices: [...ordered] });
}

type Question = DialogQuestion extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'title'>
    : never
  : never;

async function askInWindow(question: Question): Promise<string> {
  const answer = await askDialog({ ...question, title: 'oidc-gen' }).catch(dialogsMissing);
  if (answer === undefined) throw new Interrupted('The question was cancelled.');
  return answer;
}
