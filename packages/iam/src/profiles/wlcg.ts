import { ANY_AUDIENCE } from '../audience.ts';
import { wlcgGroups } from '../groups.ts';
import type { User } from '../users.ts';
import type { Claims, TokenProfile } from './profile.ts';

/** The version of the WLCG Common JWT Profiles that the tokens claim. */
const WLCG_VERSION = '1.0';

const ORGANISATION = 'jeton-iam';

/** The profile of the WLCG Common JWT Profiles, as IAM fills it in. */
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
    ...(scopes.includes('profile')
      ? { name: fullName(user), preferred_username: user.username, organisation_name: ORGANISATION }
      : {}),
    ...(scopes.includes('email') ? { email: user.email } : {}),
    ...groupsClaim(user, scopes),
  }),

  introspection: ({ user, scopes }) => groupsClaim(user, scopes),

  userinfo: (user, scopes) => ({
    ...(scopes.includes('profile')
      ? {
          name: fullName(user),
          preferred_username: user.username,
          given_name: user.givenName,
          family_name: user.familyName,
        }
      : {}),
    ...(scopes.includes('email') ? { email: user.email, email_verified: true } : {}),
    ...groupsClaim(user, scopes),
  }),
};

function groupsClaim(user: User | undefined, scopes: readonly string[]): Claims {
  const groups = user === undefined ? [] : wlcgGroups(scopes, user.groups);
  return groups.length > 0 ? { 'wlcg.groups': groups } : {};
}

function fullName({ givenName, familyName }: User): string {
  return `${givenName} ${familyName}`;
}
