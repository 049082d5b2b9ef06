import { groupNames, idTokenNames, listClaim, organisationClaims, userinfoNames } from './person.ts';
import type { TokenProfile } from './profile.ts';

/** IAM's own profile: the access token has no scopes and groups; introspection and userinfo return them. */
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
