/** A word that a POSIX shell reads as exactly this text: unquoted if possible, else in quotes. For commands that a program prints. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
