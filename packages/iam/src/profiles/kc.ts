import { groupNames, idTokenNames, listClaim, userinfoNames } from './person.ts';
import type { TokenProfile } from './profile.ts';

/** The profile of services that expect Keycloak: groups are called `roles`, and come unasked. */
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
