import type { GroupMembership } from './users.ts';

/** `wlcg.groups`, or `wlcg.groups:/name[/name...]` (WLCG Common JWT Profiles, "Capability and group based authorization"). */
export const WLCG_GROUP_SCOPE = /^wlcg\.groups(?::((?:\/[a-zA-Z0-9][a-zA-Z0-9_.-]*)+))?$/;

/** Whether a scope means to ask for a group and is not well formed, such as `wlcg.groups:` or `wlcg.groups:x`. */
export function isMalformedGroupScope(scope: string): boolean {
  return scope.startsWith('wlcg.groups:') && !WLCG_GROUP_SCOPE.test(scope);
}

/**
 * The value of the claim `wlcg.groups`.
 *
 * Groups come in the order in which the scopes ask for them. Plain `wlcg.groups` stands for all groups that are not
 * optional, by name; it is implied at the end when only particular groups are asked for. A group that the person is
 * not a member of is left out.
 */
export function wlcgGroups(scopes: readonly string[], memberships: readonly GroupMembership[]): string[] {
  const groupScopes = scopes.filter((scope) => WLCG_GROUP_SCOPE.test(scope));
  if (groupScopes.length === 0) return [];
  const usual = memberships
    .filter(({ optional }) => optional !== true)
    .map(({ name }) => `/${name}`)
    .sort();
  const mine = new Set(memberships.map(({ name }) => `/${name}`));
  const asked = groupScopes.includes('wlcg.groups') ? groupScopes : [...groupScopes, 'wlcg.groups'];
  const groups = asked.flatMap((scope) => {
    const group = WLCG_GROUP_SCOPE.exec(scope)?.[1];
    if (group === undefined) return usual;
    return mine.has(group) ? [group] : [];
  });
  return [...new Set(groups)];
}
