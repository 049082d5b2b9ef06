import type { User } from '../users/users.ts';
import type { Claims, TokenProfile } from './profile.ts';
import { groupNames, listClaim, userinfoNames } from './user-claims.ts';

const AFFILIATION = 'member@iam.example';
const ENTITLEMENT = 'urn:geant:iam.example:group:';
const ASSURANCE = ['https://refeds.org/assurance', 'https://refeds.org/assurance/IAP/low'];

/** The profile of the AARC guidelines: describes the user with the claims of eduPerson and voPerson. */
export const aarcProfile: TokenProfile = {
  audience: ({ audience }) => audience,

  accessToken: ({ user, scopes }) => eduPerson(user, scopes),

  idToken: (user, scopes) => eduPerson(user, scopes),

  introspection({ user, scopes }, common) {
    const { iss, aud, ...rest } = common;
    return { ...rest, ...eduPerson(user, scopes) };
  },

  userinfo: (user, scopes) => ({ ...userinfoNames(user), ...eduPerson(user, scopes) }),
};

function eduPerson(user: User | undefined, scopes: readonly string[]): Claims {
  if (user === undefined) return {};
  const entitlements = groupNames(user).map((name) => `${ENTITLEMENT}${name.replaceAll('/', ':')}`);
  const wantsBoth = scopes.includes('eduperson_entitlement');
  return {
    voperson_id: user.id,
    ...(scopes.includes('eduperson_scoped_affiliation')
      ? { eduperson_scoped_affiliation: [AFFILIATION] }
      : {}),
    ...(wantsBoth ? listClaim('eduperson_entitlement', entitlements) : {}),
    ...(wantsBoth || scopes.includes('entitlements') ? listClaim('entitlements', entitlements) : {}),
    ...(scopes.includes('eduperson_assurance') ? { eduperson_assurance: ASSURANCE } : {}),
  };
}
