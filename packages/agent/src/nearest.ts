/** The name that a user who wrote `given` most likely meant: at most 2 letters away, or one that begins with it. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => [distance(given, name), name] as const);
  const [best] = distances.toSorted(([one], [other]) => one - other);
  if (best !== undefined && best[0] <= 2) return best[1];
  return names.find((name) => given.length > 1 && name.startsWith(given));
}

/** Levenshtein's: letters to insert, delete or replace. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [column, otherLetter] of [...other].entries()) {
      const replaced = (row[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
