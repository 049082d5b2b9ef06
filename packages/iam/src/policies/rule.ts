export const rules = ['PERMIT', 'DENY'] as const;
export type PolicyRule = (typeof rules)[number];

export const matchings = ['EQ', 'REGEXP', 'PATH'] as const;
export type Matching = (typeof matchings)[number];

/**
 * Whether a scope matches a pattern: equals it (`EQ`), matches the regular expression as a whole (`REGEXP`), or begins with the pattern,
 * a scope with a path like `storage.read:/home` (`PATH`).
 * @throws SyntaxError for an invalid regular expression
 */
export function matcher(matching: Matching, pattern: string): (scope: string) => boolean {
  if (matching === 'EQ') return (scope) => scope === pattern;
  if (matching === 'PATH') return (scope) => pattern.includes(':/') && scope.startsWith(pattern);
  const expression = new RegExp(`^(?:${pattern})$`);
  return (scope) => expression.test(scope);
}
