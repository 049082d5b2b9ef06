import { ANY_AUDIENCE } from '../tokens/audience.ts';
import { wlcgGroups } from '../users/groups.ts';
import type { User } from '../users/users.ts';
import type { Claims, TokenProfile } from './profile.ts';
import { idTokenNames, listClaim, userinfoNames } from './user-claims.ts';

/** The version of the WLCG Common JWT Profiles that the tokens claim. */
const WLCG_VERSION = '1.0';

/** The profile of the WLCG Common JWT Profiles, with the claims of IAM. */
export const wlcgProfile: TokenProfile = {
  audience: ({ audience }) => (audience.length > 0 ? audience : [ANY_AUDIENCE]),

  accessToken: ({ user, scopes }, issuedAt) => ({
    'wlcg.ver': WLCG_VERSION,
    nbf: issuedAt,
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    ...groupsClaim(user, scopes),
  }),

  idToken: (user, scopes) => ({
    'wlcg.ver': WLCG_VERSION,
    ...idTokenNames(user, scopes),
    ...groupsClaim(user, scopes),
  }),

  introspection: ({ user, scopes }, common) => ({ ...common, ...groupsClaim(user, scopes) }),

  userinfo: (user, scopes) => ({ ...userinfoNames(user), ...groupsClaim(user, scopes) }),
};

function groupsClaim(user: User | undefined, scopes: readonly string[]): Claims {
  return listClaim('wlcg.groups', user === undefined ? [] : wlcgGroups(scopes, user.groups));
}
