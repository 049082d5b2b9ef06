import { UNQUOTED_IN_SHELL } from '../generated';
import { consistsOf, isWord } from './characters';

/** A word that a POSIX shell reads as exactly this text: unquoted if possible, else in quotes. For commands that a program prints. */
export function shellQuote(text: string): string {
  return text !== '' && consistsOf(text, isPlainInShell) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Whether a POSIX shell takes a character literally, without quotes. */
export function isPlainInShell(code: i32): bool {
  return isWord(code) || UNQUOTED_IN_SHELL.includes(String.fromCharCode(code));
}
