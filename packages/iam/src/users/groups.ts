import type { GroupMembership } from './users.ts';

/** `wlcg.groups`, or `wlcg.groups:/name[/name...]` (WLCG Common JWT Profiles, "Capability and group based authorization"). */
export const WLCG_GROUP_SCOPE = /^wlcg\.groups(?::((?:\/[a-zA-Z0-9][a-zA-Z0-9_.-]*)+))?$/;

/** Whether a scope looks like a request for a group but is malformed, such as `wlcg.groups:` or `wlcg.groups:x`. */
export function isMalformedGroupScope(scope: string): boolean {
  return scope.startsWith('wlcg.groups:') && !WLCG_GROUP_SCOPE.test(scope);
}

/**
 * The value of the claim `wlcg.groups`.
 *
 * Groups are in the order of the scopes. Plain `wlcg.groups` requests all groups that are not optional, sorted by name; scopes that
 * request only particular groups imply it at the end. Groups that the user is not a member of are left out.
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
