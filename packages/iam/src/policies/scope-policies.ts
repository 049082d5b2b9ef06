import type { User } from '../users/users.ts';
import { type Matching, matcher, type PolicyRule } from './rule.ts';

/** Permits or denies scopes to one user, to the members of a group or, with neither, to all users. */
export interface ScopePolicy {
  readonly id: number;
  readonly description: string;
  readonly rule: PolicyRule;
  readonly matchingPolicy: Matching;
  /** The id of a user. */
  readonly account?: string | undefined;
  /** The name of a group. */
  readonly group?: string | undefined;
  /** Without any, the policy applies to every scope. */
  readonly scopes?: readonly string[] | undefined;
  /** Milliseconds since 1970. */
  readonly creationTime: number;
  readonly lastUpdateTime: number;
}

/** Permits every scope to every user. */
export function permitAllScopes(now: number): ScopePolicy {
  const time = Math.floor(now * 1000);
  return {
    id: 1,
    description: 'Default Permit ALL policy',
    rule: 'PERMIT',
    matchingPolicy: 'EQ',
    creationTime: time,
    lastUpdateTime: time,
  };
}

/** Policies cannot deny these: without `openid` there would be no login. */
const ALWAYS: readonly string[] = ['openid'];

const ADMIN_SCOPE = /^(iam:admin\.|scim(:|$))/;

/**
 * The scopes that a user may have, in the same order.
 *
 * The policies of the user decide first, then those of the user's groups, then those for all users: the first of the three with a
 * policy for a scope decides, and within it a `DENY` wins. A scope without a policy is denied. Only administrators get administration
 * scopes, even if a policy permits them.
 */
export function permittedScopes(
  policies: readonly ScopePolicy[],
  user: User,
  scopes: readonly string[],
): string[] {
  const groups = user.groups.map(({ name }) => name);
  const levels = [
    policies.filter(({ account }) => account === user.id),
    policies.filter(({ group }) => group !== undefined && groups.includes(group)),
    policies.filter(({ account, group }) => account === undefined && group === undefined),
  ];
  return scopes.filter((scope) => {
    if (ALWAYS.includes(scope)) return true;
    if (ADMIN_SCOPE.test(scope) && user.admin !== true) return false;
    const deciding = levels
      .map((level) => level.filter((policy) => isAbout(policy, scope)))
      .find((level) => level.length > 0);
    return deciding?.every(({ rule }) => rule === 'PERMIT') === true;
  });
}

function isAbout({ scopes, matchingPolicy }: ScopePolicy, scope: string): boolean {
  if (scopes === undefined || scopes.length === 0) return true;
  return scopes.some((pattern) => matcher(matchingPolicy, pattern)(scope));
}
