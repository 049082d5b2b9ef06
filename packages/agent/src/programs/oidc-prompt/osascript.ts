/** Windows of macOS: scripts that get every text as an argument, and have none in themselves. */

import type { Prompter } from './prompter.ts';
import type { Question } from './question.ts';
import { askInWindow, wholeText } from './window.ts';

export const osascript: Prompter = (question, signal) => {
  const { script, others = [] } = scriptFor(question);
  const texts = [question.title, wholeText(question), ...others];
  const window = {
    program: 'osascript',
    args: ['-e', 'on run argv', '-e', script, '-e', 'end run', '--', ...texts],
    // It ends with 1 for every error; -128 means that the user cancelled.
    invisible: /\((?!-128\))-?\d+\)\s*$/,
  };
  return askInWindow(question, window, signal);
};

function scriptFor(question: Question): { script: string; others?: readonly string[] } {
  switch (question.kind) {
    case 'password':
      return { script: field('with hidden answer'), others: [''] };
    case 'input':
      return { script: field(), others: [question.initial] };
    case 'multiple':
      // A field has as many lines as its first content.
      return { script: field(), others: [`${question.initial}\n\n`] };
    case 'confirm':
      return { script: yesOrNo('Accept', 'Decline', question.suggestion) };
    case 'link':
      return { script: yesOrNo('Open in browser', 'Close', true) };
    case 'select':
      return { script: list, others: question.choices };
  }
}

const field = (more = '') =>
  `text returned of (display dialog (item 2 of argv) with title (item 1 of argv) default answer (item 3 of argv) ${more})`;

const yesOrNo = (yes: string, no: string, suggestion: boolean) =>
  `display dialog (item 2 of argv) with title (item 1 of argv) buttons {"${no}", "${yes}"} default button "${suggestion ? yes : no}" cancel button "${no}"`;

const list = `set chosen to choose from list (items 3 thru -1 of argv) with title (item 1 of argv) with prompt (item 2 of argv) default items {item 3 of argv}
if chosen is false then error number -128
item 1 of chosen`;
