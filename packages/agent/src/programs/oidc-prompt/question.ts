import { UsageError } from '../../command-line/options.ts';
import { ProgramError } from '../../terminal/run.ts';
import { program } from './command-line.ts';
import { oneLine, plainText } from './plain-text.ts';

/** A question to the user, in plain text. */
export type Question = {
  readonly title: string;
  readonly text: string;
  /** The label before the field; may be empty. */
  readonly label: string;
  /** Seconds; 0 is for ever. */
  readonly timeout: number;
} & (
  | { readonly kind: 'password' }
  | { readonly kind: 'input'; readonly initial: string }
  | { readonly kind: 'confirm'; readonly suggestion: boolean }
  /** One value a line. */
  | { readonly kind: 'multiple'; readonly initial: string }
  | { readonly kind: 'select'; readonly choices: readonly string[]; readonly orOther: boolean }
  | { readonly kind: 'link'; readonly address: string }
);

/**
 * Understands the words of the command line, as the C program does.
 * @throws UsageError, or a ProgramError
 */
export function readQuestion(words: readonly string[]): Question {
  const [type = '', title = '', text = '', label = '', timeout = '', initial = '', ...others] = words;
  if (!/^\d{0,8}$/.test(timeout)) {
    throw new UsageError(program, `TIMEOUT has to be a number of seconds, not '${timeout}'`);
  }
  const shown = type === 'mytoken-confirm' ? encodedText(text) : text;
  return {
    title: oneLine(title),
    text: plainText(shown),
    label: oneLine(label),
    timeout: Number(timeout),
    ...kindOf(type, label, initial, others),
  };
}

type Kind = Question extends infer Q
  ? Q extends Question
    ? Omit<Q, 'title' | 'text' | 'label' | 'timeout'>
    : never
  : never;

function kindOf(type: string, label: string, initial: string, others: readonly string[]): Kind {
  switch (type) {
    case 'password':
      // Without a suggestion: that would be a password that every user can read in the process list.
      return { kind: 'password' };
    case 'input':
      return { kind: 'input', initial: oneLine(initial) };
    case 'confirm':
    case 'confirm-default-yes':
      return { kind: 'confirm', suggestion: true };
    case 'confirm-default-no':
    case 'mytoken-confirm':
      return { kind: 'confirm', suggestion: false };
    case 'multiple':
      return { kind: 'multiple', initial: oneLine([initial, ...others].join('\n'), '\n') };
    case 'select':
    case 'select-other':
      return {
        kind: 'select',
        choices: [initial, ...others].filter((choice) => choice !== '').map((choice) => oneLine(choice)),
        orOther: type === 'select-other',
      };
    case 'link':
      return { kind: 'link', address: oneLine(label) };
    default:
      throw new ProgramError(`Unknown prompt type '${type}'`, [
        'the types are: password, input, confirm, confirm-default-yes, confirm-default-no, multiple, select, select-other, link, mytoken-confirm',
      ]);
  }
}

/** `LENGTH:BASE64`, as the C agent packs a whole page. */
function encodedText(text: string): string {
  const [, length, base64] = /^(\d+):([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
  if (length === undefined || base64 === undefined) {
    throw new ProgramError("'text' argument malformed", ['with mytoken-confirm it has to be LENGTH:BASE64']);
  }
  return Buffer.from(base64, 'base64').subarray(0, Number(length)).toString();
}
