/** Windows of KDE. */

import type { Prompter } from './prompter.ts';
import type { Question } from './question.ts';
import { askInWindow, wholeText } from './window.ts';

export const kdialog: Prompter = (question, signal) => {
  const window = {
    program: 'kdialog',
    args: [`--title=${question.title}`, ...argumentsFor(question)],
    printsPosition: true,
    invisible: /could not connect to display/i,
  } as const;
  return askInWindow(question, window, signal);
};

function argumentsFor(question: Question): readonly string[] {
  const text = rich(wholeText(question));
  switch (question.kind) {
    case 'password':
      return ['--password', text];
    case 'input':
      return ['--inputbox', text, '--', question.initial];
    case 'confirm':
      // Its questions suggest "yes", always.
      return question.suggestion
        ? ['--yesno', text, '--yes-label=Accept', '--no-label=Decline']
        : ['--radiolist', text, '--', 'yes', 'Accept', 'off', 'no', 'Decline', 'on'];
    case 'link':
      return ['--yesno', text, '--yes-label=Open in browser', '--no-label=Close'];
    case 'multiple':
      return ['--textinputbox', text, '--', question.initial];
    case 'select':
      return ['--menu', text, '--', ...question.choices.flatMap((choice, index) => [String(index), choice])];
  }
}

/** Qt guesses whether a text is HTML: said to be, and escaped, it is shown as it is. Backslashes are read as in C. */
function rich(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\n', '<br/>');
  return `<qt>${escaped}</qt>`;
}
