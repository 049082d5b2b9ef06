/** Windows of GNOME, and of every desktop that has zenity. */

import type { Prompter } from './prompter.ts';
import type { Question } from './question.ts';
import { askInWindow, wholeText } from './window.ts';

export const zenity: Prompter = (question, signal) => {
  const window = {
    program: 'zenity',
    args: [`--title=${question.title}`, ...argumentsFor(question)],
    input: inputFor(question),
    printsPosition: true,
    invisible: /cannot open display/i,
  } as const;
  return askInWindow(question, window, signal);
};

function argumentsFor(question: Question): readonly string[] {
  const text = wholeText(question);
  switch (question.kind) {
    case 'password':
      return ['--entry', '--hide-text', `--text=${mnemonic(text)}`];
    case 'input':
      return ['--entry', `--text=${mnemonic(text)}`, `--entry-text=${question.initial}`];
    case 'confirm':
      return [...yesOrNo(text, 'Accept', 'Decline'), ...(question.suggestion ? [] : ['--default-cancel'])];
    case 'link':
      return yesOrNo(text, 'Open in browser', 'Close');
    case 'multiple':
      // This window has no place for a text but its title.
      return ['--text-info', '--editable', `--title=${text.replaceAll('\n', ' ')}`];
    case 'select': {
      const columns = ['--column=', '--column=', '--hide-header', '--hide-column=1', '--print-column=1'];
      return ['--list', ...columns, `--text=${markup(text)}`];
    }
  }
}

/** The lines of a text field or the cells of a list. As arguments, zenity could read them as options. */
function inputFor(question: Question): string {
  if (question.kind === 'multiple') return question.initial;
  if (question.kind === 'select')
    return question.choices.flatMap((choice, index) => [index, choice]).join('\n');
  return '';
}

const yesOrNo = (text: string, yes: string, no: string) => [
  '--question',
  '--no-markup',
  `--text=${uncompressed(text)}`,
  `--ok-label=${yes}`,
  `--cancel-label=${no}`,
];

/** zenity reads backslashes as C does. */
const uncompressed = (text: string) => text.replaceAll('\\', '\\\\');

/** Above an entry, an underscore marks the letter of a shortcut. */
const mnemonic = (text: string) => uncompressed(text).replaceAll('_', '__');

/** Above a list, the text is Pango markup. */
const markup = (text: string) =>
  uncompressed(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
