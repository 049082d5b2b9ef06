import type { TokenProfile } from './profile.ts';
import { groupNames, idTokenNames, listClaim, organisationClaims, userinfoNames } from './user-claims.ts';

/** IAM's own profile: access tokens have no scopes and groups; introspection and userinfo return them. */
export const iamProfile: TokenProfile = {
  audience: ({ audience }) => audience,

  accessToken: () => ({}),

  idToken: (user, scopes) => ({
    ...idTokenNames(user, scopes),
    ...(scopes.includes('profile') ? listClaim('groups', groupNames(user)) : {}),
  }),

  introspection: ({ user, scopes }, common) => ({
    ...common,
    ...(user === undefined ? {} : { ...idTokenNames(user, scopes), ...organisationClaims(user, scopes) }),
  }),

  userinfo: (user, scopes) => ({ ...userinfoNames(user), ...organisationClaims(user, scopes) }),
};
