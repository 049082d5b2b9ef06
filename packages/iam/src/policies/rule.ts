export const rules = ['PERMIT', 'DENY'] as const;
export type PolicyRule = (typeof rules)[number];

export const matchings = ['EQ', 'REGEXP', 'PATH'] as const;
export type Matching = (typeof matchings)[number];

/**
 * Whether scopes match a pattern: equal to it, a regular expression for all of the scope, or a path like
 * `storage.read:/home` that the scope's path begins with.
 * @throws SyntaxError for a regular expression that is none
 */
export function matcher(matching: Matching, pattern: string): (scope: string) => boolean {
  if (matching === 'EQ') return (scope) => scope === pattern;
  if (matching === 'PATH') return (scope) => pattern.includes(':/') && scope.startsWith(pattern);
  const expression = new RegExp(`^(?:${pattern})$`);
  return (scope) => expression.test(scope);
}
