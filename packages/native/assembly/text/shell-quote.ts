import { consistsOf, isWord } from './characters';

/** A word that a POSIX shell reads as exactly this text: unquoted if possible, else in quotes. For commands that a program prints. */
export function shellQuote(text: string): string {
  return text !== '' && consistsOf(text, isPlainInShell) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function isPlainInShell(code: i32): bool {
  return isWord(code) || '@%+=:,./-'.includes(String.fromCharCode(code));
}
