/** A word that a POSIX shell reads as exactly this text: as it is where it can be, else in quotes. For commands that are printed. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
