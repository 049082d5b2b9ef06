import { closestMatch } from 'leven';

/** `; did you mean NAME?` for a name that is most likely a misspelt one of these; otherwise an empty text. */
export function didYouMean(name: unknown, known: readonly string[]): string {
  const meant = closestMatch(String(name), known, { maxDistance: 2 });
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}
