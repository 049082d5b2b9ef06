import type { User } from '../users/users.ts';
import type { Claims } from './profile.ts';

const ORGANISATION = 'jeton-iam';

/** The user's names in an ID token, for the scopes `profile` and `email`. */
export function idTokenNames(user: User, scopes: readonly string[]): Claims {
  return {
    ...(scopes.includes('profile')
      ? { name: fullName(user), preferred_username: user.username, organisation_name: ORGANISATION }
      : {}),
    ...(scopes.includes('email') ? { email: user.email } : {}),
  };
}

/** The claims of userinfo about a user (OpenID Connect Core section 5.1), without those that are unknown. */
export function userinfoNames(user: User): Claims {
  return {
    name: fullName(user),
    preferred_username: user.username,
    given_name: user.givenName,
    family_name: user.familyName,
    nickname: user.nickname,
    gender: user.gender,
    birthdate: user.birthdate,
    email: user.email,
    email_verified: true,
  };
}

/** IAM's own claims about a user, for the scope `profile`. */
export function organisationClaims(user: User, scopes: readonly string[]): Claims {
  if (!scopes.includes('profile')) return {};
  return { organisation_name: ORGANISATION, ...listClaim('groups', groupNames(user)) };
}

export function groupNames(user: User | undefined): string[] {
  return (user?.groups ?? []).map(({ name }) => name).sort();
}

/** A claim that is left out if its list is empty. */
export function listClaim(name: string, values: readonly string[]): Claims {
  return values.length > 0 ? { [name]: values } : {};
}

function fullName({ givenName, familyName }: User): string {
  return `${givenName} ${familyName}`;
}
