/** Finds what a user who has mistyped a name most likely meant. */

/**
 * The hint "did you mean", or none if no name is close.
 * @param show writes a name as the user would type it
 */
export function didYouMean(
  given: string,
  names: readonly string[],
  show: (name: string) => string = (name) => `'${name}'`,
): string[] {
  const name = nearest(given, names);
  return name === undefined ? [] : [`did you mean ${show(name)}?`];
}

/**
 * The name that is most like `given`, without regard to capitals: with at most one typing error for every three letters, and
 * at most two; else the first one that begins with it. Undefined if there is none, or if `given` is one of the names.
 */
export function nearest(given: string, names: readonly string[]): string | undefined {
  if (given.length < 2 || names.includes(given)) return undefined;
  const word = given.toLowerCase();
  const most = Math.min(2, Math.floor(word.length / 3));
  const candidates = names
    // The lengths alone may differ by more errors than that.
    .filter((name) => Math.abs(name.length - word.length) <= most)
    .map((name) => ({ name, errors: distance(word, name.toLowerCase()) }))
    .filter(({ errors }) => errors <= most)
    .toSorted((one, other) => one.errors - other.errors);
  return candidates[0]?.name ?? names.find((name) => name.toLowerCase().startsWith(word));
}

/** The optimal string alignment distance: letters to insert, delete or replace, and neighbours to swap. */
function distance(one: string, other: string): number {
  const [from, to] = [[...one], [...other]];
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of from.entries()) {
    const next = [index + 1];
    for (const [column, otherLetter] of to.entries()) {
      const replaced = (row[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      const isSwap = column > 0 && letter === to[column - 1] && from[index - 1] === otherLetter;
      const swapped = isSwap ? (before[column - 1] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}
