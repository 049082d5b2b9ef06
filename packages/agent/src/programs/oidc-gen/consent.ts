import { canAsk, confirm } from '../../terminal/prompt.ts';
import type { Options } from './command-line.ts';

/** Whether a person can be asked for what the command line leaves out. */
export const mayAsk = (options: Options): boolean => options.prompt !== 'none' && canAsk();

/** Asks for consent; the `--confirm-*` options answer in the person's place, and the default where nobody is there. */
export async function consent(question: string, suggestion: boolean, options: Options): Promise<boolean> {
  if (options['confirm-yes']) return true;
  if (options['confirm-no']) return false;
  if (options['confirm-default'] || !mayAsk(options)) return suggestion;
  return await confirm(question, suggestion);
}
