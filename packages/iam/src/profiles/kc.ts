import type { TokenProfile } from './profile.ts';
import { groupNames, idTokenNames, listClaim, userinfoNames } from './user-claims.ts';

/** The profile for services that expect Keycloak: every token lists the groups, as `roles`. */
export const kcProfile: TokenProfile = {
  audience: ({ audience }) => audience,

  accessToken: ({ user, scopes }, issuedAt) => ({
    nbf: issuedAt,
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    ...listClaim('roles', groupNames(user)),
  }),

  idToken: (user, scopes) => ({ ...idTokenNames(user, scopes), ...listClaim('roles', groupNames(user)) }),

  introspection: ({ user }, common) => ({ ...common, ...listClaim('roles', groupNames(user)) }),

  userinfo: (user) => ({ ...userinfoNames(user), ...listClaim('roles', groupNames(user)) }),
};
